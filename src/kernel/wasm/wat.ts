import { INSTRUCTIONS, ValueType, type Code } from './instructions.ts';

const NAMES = new Map<number, string>(
  Object.entries(ValueType).map(([name, code]) => [code, name.toLowerCase()]),
);

/** Text form of the functions of a module. */
export function watOf(functions: readonly Code[]): string {
  const memory = '  (import "env" "memory" (memory 0 65536 shared))\n';
  return `(module\n${memory}${functions.map(functionText).join('')}  (export "run" (func $run)))\n`;
}

function functionText({ name, parameters, results, locals, instructions }: Code): string {
  const list = (word: string, types: readonly number[]) =>
    types.length === 0 ? '' : ` (${word} ${types.map((type) => NAMES.get(type)).join(' ')})`;
  let indent = 4;
  let text = `  (func $${name}${list('param', parameters)}${list('result', results)}\n`;
  if (locals.length > 0) text += `   ${list('local', locals)}\n`;
  for (const { name, immediates } of instructions) {
    if (name === 'end') indent -= 2;
    text += `${' '.repeat(indent)}${name}${immediateText(name, immediates)}\n`;
    if (name === 'block' || name === 'loop') indent += 2;
  }
  return `${text}  )\n`;
}

function immediateText(name: string, immediates: readonly number[]): string {
  const [, kind] = INSTRUCTIONS.get(name)!;
  if (kind === 'type' || kind === 'none') return '';
  if (kind === 'memory') return ` offset=${immediates[0]} align=${2 ** immediates[1]!}`;
  if (kind === 'v128') return ` i8x16 ${immediates.join(' ')}`;
  return ` ${immediates.map(numeral).join(' ')}`;
}

function numeral(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (Math.abs(value) === Infinity) return value > 0 ? 'inf' : '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}
