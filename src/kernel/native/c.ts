import { bytesOf, type ElementType } from '../fields.ts';
import { axisName, FIRST_WORDS, type Layout } from '../layout.ts';
import { ordered, TRANSCENDENTAL, uses, type Node, type Store, type TranscendentalOp } from '../ir/node.ts';
import { definitionOf } from '../ir/transcendental.ts';
import { expressionOf, literal, type Dialect } from '../text/expression.ts';

/** What a C text is made for. */
export interface CProgram {
  readonly name: string;
  readonly stores: readonly Store[];
  readonly layout: Layout;
  readonly type: ElementType;
  readonly pitch: number;
  readonly plane: number;
}

/** Helpers that follow JavaScript where C does not, or look at a double's bits. */
const HELPERS = `#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t bits(double x) { uint64_t u; memcpy(&u, &x, 8); return u; }
static inline double number(uint64_t u) { double x; memcpy(&x, &u, 8); return x; }
static inline uint32_t bitsf(float x) { uint32_t u; memcpy(&u, &x, 4); return u; }
static inline float numberf(uint32_t u) { float x; memcpy(&x, &u, 4); return x; }
/* Math.min and Math.max: NaN wins, and -0 is below 0. */
static inline double least(double a, double b) { return a < b ? a : b < a ? b : number(bits(a) | bits(b)); }
static inline double most(double a, double b) { return a > b ? a : b > a ? b : a == b ? number(bits(a) & bits(b)) : a + b; }
static inline float leastf(float a, float b) { return a < b ? a : b < a ? b : numberf(bitsf(a) | bitsf(b)); }
static inline float mostf(float a, float b) { return a > b ? a : b > a ? b : a == b ? numberf(bitsf(a) & bitsf(b)) : a + b; }
`;

/** The C text of a kernel: a function over the boxes of one grid, with the arguments' block that the WebAssembly engine reads. */
export function cText(program: CProgram): string {
  const { stores, layout, type, pitch, plane } = program;
  const roots = stores.map(({ value }) => value);
  const nodes = ordered(roots);
  const real = type === 'f64' ? 'double' : 'float';
  const size = bytesOf(type);
  const used = nodes.filter(({ op }) => TRANSCENDENTAL.has(op)).map(({ op }) => op as TranscendentalOp);
  const row = (dim: number) => ['x', 'y', 'z'][dim]!;
  const dialect: Dialect = {
    ...C_OPERATIONS[type],
    leaf: ({ op, name, offset, dim }) => {
      if (op === 'number') return `n[${layout.numbers.indexOf(name)}]`;
      if (op === 'index') return `(${real})((int)w[${dim}] + ${row(dim)})`;
      if (op === 'axis')
        return `((const ${real} *)(m + w[${axisWord(layout, name, dim)}]))[${row(dim)} + ${offset[0]}]`;
      return `${identifier(name)}[x + (${offset[0]! + (offset[1] ?? 0) * pitch + (offset[2] ?? 0) * plane})]`;
    },
  };
  const counts = uses(roots);
  const names = new Map<Node, string>();
  const level = (of: number, indent: string) => statements(nodes, counts, names, dialect, of, indent, real);
  const pointers = layout.fields.map((name, i) => {
    const written = stores.some((store) => store.name === name);
    const start = `(${real} *)(m + w[${FIRST_WORDS + i}]) + (z * (long)${plane} + y * (long)${pitch})`;
    return `      ${written ? '' : 'const '}${real} *restrict ${identifier(name)} = ${start};\n`;
  });
  const numbers =
    layout.numbers.length === 0
      ? ''
      : `  const ${real} *n = (const ${real} *)(w + ${layout.numbersAt / 4});\n`;
  const zero = level(0, '  ');
  const one = level(1, '      ');
  const two = level(2, '        ');
  const writes = stores.map(
    ({ name, value }) => `        ${identifier(name)}[x] = ${expressionOf(value, names, dialect)};\n`,
  );
  return `${HELPERS}${functionsOf(used)}
/* ${program.name}: ${layout.numbers.map((name, i) => `n[${i}] = ${name}`).join(', ')}; elements of ${size} bytes */
void kernel(char *m, const uint32_t *w, int x0, int x1, int y0, int y1, int z0, int z1)
{
${numbers}${zero}  for (int z = z0; z < z1; z++)
    for (int y = y0; y < y1; y++) {
${one}${pointers.join('')}      /* No point reads what another one writes. */
#pragma GCC ivdep
      for (int x = x0; x < x1; x++) {
${two}${writes.join('')}      }
    }
}
`;
}

const axisWord = (layout: Layout, name: string, dim: number) =>
  FIRST_WORDS + layout.fields.length + layout.axes.findIndex((slot) => axisName(slot) === `${name} ${dim}`);

const identifier = (name: string) => `f_${name.replaceAll(/\W/g, '_')}`;

/** Declarations of the values of one level that are used more than once, or by an inner level. */
function statements(
  nodes: readonly Node[],
  counts: ReadonlyMap<Node, number>,
  names: Map<Node, string>,
  dialect: Dialect,
  level: number,
  indent: string,
  real: string,
): string {
  const inner = new Set(nodes.filter((node) => node.level > level).flatMap(({ args }) => args));
  let text = '';
  for (const node of nodes) {
    if (node.level !== level || node.op === 'const') continue;
    const shared = (counts.get(node) ?? 0) > 1 || (level < 2 && inner.has(node));
    if (!shared) continue;
    const expression = expressionOf(node, names, dialect);
    const name = `v${node.id}`;
    text += `${indent}const ${node.type === 'boolean' ? 'int' : real} ${name} = ${expression};\n`;
    names.set(node, name);
  }
  return text;
}

/** Transcendental functions, each as straight-line arithmetic. */
function functionsOf(used: readonly TranscendentalOp[]): string {
  return [...new Set(used)]
    .map((op) => {
      const { arity, result } = definitionOf(op);
      const dialect: Dialect = { ...C_OPERATIONS.f64, leaf: ({ dim }) => `a${dim}` };
      const names = new Map<Node, string>();
      const body = statements(ordered([result]), uses([result]), names, dialect, 2, '  ', 'double');
      const parameters = Array.from({ length: arity }, (_, i) => `double a${i}`).join(', ');
      return `\nstatic inline double k_${op}(${parameters})\n{\n${body}  return ${expressionOf(result, names, dialect)};\n}\n`;
    })
    .join('');
}

function operations(type: ElementType): Omit<Dialect, 'leaf'> {
  const f = type === 'f64' ? '' : 'f';
  return {
    constant: ({ type: kind, value }) => (kind === 'boolean' ? String(value) : constant(value, f)),
    names: {
      ...{
        abs: `fabs${f}`,
        sqrt: `sqrt${f}`,
        floor: `floor${f}`,
        ceil: `ceil${f}`,
        trunc: `trunc${f}`,
        nearest: `rint${f}`,
      },
      ...{ min: `least${f}`, max: `most${f}` },
    },
    select: (condition, a, b) => `(${condition} ? ${a} : ${b})`,
    bits: {
      iadd: (a, b) => `number(bits(${a}) + bits(${b!}))`,
      iand: (a, b) => `number(bits(${a}) & bits(${b!}))`,
      ior: (a, b) => `number(bits(${a}) | bits(${b!}))`,
      ishl: (a, _, by) => `number(bits(${a}) << ${by})`,
      ishr: (a, _, by) => `number(bits(${a}) >> ${by})`,
    },
    transcendental: (op, args) =>
      type === 'f64'
        ? `k_${op}(${args.join(', ')})`
        : `(float)k_${op}(${args.map((arg) => `(double)${arg}`).join(', ')})`,
    and: '&',
    or: '|',
  };
}

function constant(value: number, suffix: string): string {
  if (Number.isNaN(value)) return 'NAN';
  if (!Number.isFinite(value)) return value > 0 ? 'INFINITY' : '(-INFINITY)';
  return literal(value, suffix);
}

const C_OPERATIONS = { f64: operations('f64'), f32: operations('f32') };
