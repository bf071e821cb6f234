import { INSTRUCTIONS, type Code, type Immediate } from './instructions.ts';

/** Sections of the WebAssembly binary format, in their order. */
const Section = { TYPE: 1, IMPORT: 2, FUNCTION: 3, EXPORT: 7, CODE: 10 } as const;
const FUNCTION_TYPE = 0x60;
const MEMORY_KIND = 2;
const FUNCTION_KIND = 0;
/** Limits of a memory with a maximum that is shared. */
const SHARED = 3;
const MOST_PAGES = 65536;
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/**
 * Encodes a module of functions over one imported shared memory (`env.memory`), of which the first is exported as `run`: WebAssembly core
 * specification, chapter 5.
 */
export function encodeModule(functions: readonly Code[]): Uint8Array {
  const types = functions.map(({ parameters, results }) => [
    FUNCTION_TYPE,
    ...vector(parameters.map((type) => [type])),
    ...vector(results.map((type) => [type])),
  ]);
  const memory = [
    ...name('env'),
    ...name('memory'),
    MEMORY_KIND,
    SHARED,
    ...unsigned(0),
    ...unsigned(MOST_PAGES),
  ];
  return Uint8Array.from([
    ...MAGIC,
    ...section(Section.TYPE, vector(types)),
    ...section(Section.IMPORT, vector([memory])),
    ...section(Section.FUNCTION, vector(functions.map((_, i) => unsigned(i)))),
    ...section(Section.EXPORT, vector([[...name('run'), FUNCTION_KIND, ...unsigned(0)]])),
    ...section(Section.CODE, vector(functions.map(encodeFunction))),
  ]);
}

function encodeFunction(code: Code): number[] {
  const bytes = vector(code.locals.map((type) => [...unsigned(1), type]));
  for (const { name, immediates } of code.instructions) {
    const [opcode, kind] = INSTRUCTIONS.get(name)!;
    if (opcode > 0xff) bytes.push(0xfd, ...unsigned(opcode & 0xff));
    else bytes.push(opcode);
    for (const byte of IMMEDIATES[kind](immediates)) bytes.push(byte);
  }
  bytes.push(INSTRUCTIONS.get('end')![0]);
  return [...unsigned(bytes.length), ...bytes];
}

const IMMEDIATES: Readonly<Record<Immediate, (values: readonly number[]) => readonly number[]>> = {
  none: () => [],
  type: (values) => values,
  index: ([index]) => unsigned(index!),
  memory: ([offset, align]) => [...unsigned(align!), ...unsigned(offset!)],
  i32: ([value]) => signed(value!),
  i64: ([value]) => signed(value!),
  f32: ([value]) => floats(new Float32Array([value!])),
  f64: ([value]) => floats(new Float64Array([value!])),
  v128: (values) => values,
  lanes: (values) => values,
};

export const floats = (array: Float32Array | Float64Array): number[] => [...new Uint8Array(array.buffer)];

/** LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const more = value >= 0x80;
    bytes.push((value % 0x80) + (more ? 0x80 : 0));
    value = Math.floor(value / 0x80);
  } while (value > 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    if ((value === 0 && low < 0x40) || (value === -1 && low >= 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

const vector = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];
const name = (text: string) => vector([...Buffer.from(text)].map((byte) => [byte]));

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}
