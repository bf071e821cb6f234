/** Arbitrary values, of every kind that structured clone keeps. */
import fc, { type Arbitrary } from 'fast-check';
import { KINDS } from '../harness/kinds.ts';

/** Any UTF-16 code units, lone surrogates included; lengths on both sides of the encoder's limits. */
const strings: Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .tuple(
      fc.constantFrom('a', 'é', 'ÿ', 'Ā', '€', '\ud800'),
      fc.constantFrom(0, 1, 39, 40, 41, 255, 256, 70_000),
    )
    .map(([unit, length]) => unit.repeat(length)),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'length', 'index', '0', '-1', ''),
);

const numbers: Arbitrary<number> = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    -128,
    -129,
    127,
    128,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    2 ** 53,
  ),
  fc.integer(),
  fc.double(),
);

const bigints: Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(0n, 2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 200n),
  fc.bigInt(),
);

export const primitives: Arbitrary<unknown> = fc.oneof(
  strings,
  numbers,
  bigints,
  fc.boolean(),
  fc.constantFrom(undefined, null),
);

/** JSON's kinds and a little more, as fast-check makes them: nested, sparse, with boxed values and objects without prototype. */
const trees: Arbitrary<unknown> = fc.anything({
  key: strings,
  values: [primitives],
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
});

/** Every kind of view. */
export const VIEWS: readonly (new (
  buffer: ArrayBufferLike,
  byteOffset?: number,
  length?: number,
) => ArrayBufferView)[] = [...KINDS, DataView];

/** How one object of a graph is made, before it refers to others. */
type Shell = (buffers: readonly ArrayBuffer[]) => object;

const plainShells: Arbitrary<Shell> = fc.constantFrom<Shell>(
  () => ({}),
  () => [],
  () => Object.create(null) as object,
  () => new Map(),
  () => new Set(),
  () => new Array<unknown>(70),
);

const leafShells: Arbitrary<Shell> = fc.oneof(
  fc.tuple(fc.constantFrom(Error, TypeError, RangeError), strings).map(
    ([kind, message]): Shell =>
      () =>
        new kind(message),
  ),
  fc.date({ noInvalidDate: false }).map((date): Shell => {
    return () => new Date(date);
  }),
  fc.constantFrom(/a(?<b>c)\/+/giu, /^$/, /[\u{1f600}]/u).map((pattern): Shell => {
    return () => new RegExp(pattern);
  }),
);

const memoryShells: Arbitrary<Shell> = fc.oneof(
  fc.nat({ max: 2 }).map((buffer): Shell => {
    return (buffers) => buffers[buffer]!;
  }),
  fc
    .record({ kind: fc.constantFrom(...VIEWS), buffer: fc.nat({ max: 2 }), from: fc.nat(), to: fc.nat() })
    .map(({ kind, buffer, from, to }): Shell => {
      return (buffers) => viewOf(kind, buffers[buffer]!, from, to);
    }),
);

const shells = fc.oneof(
  { arbitrary: plainShells, weight: 3 },
  { arbitrary: leafShells, weight: 1 },
  { arbitrary: memoryShells, weight: 2 },
);

function viewOf(kind: (typeof VIEWS)[number], buffer: ArrayBuffer, from: number, to: number): object {
  const size = 'BYTES_PER_ELEMENT' in kind ? (kind.BYTES_PER_ELEMENT as number) : 1;
  const room = Math.floor(buffer.byteLength / size);
  const start = from % (room + 1);
  const length = from % 3 === 0 ? room - start : to % (room - start + 1);
  return new kind(buffer, start * size, length);
}

const buffers: Arbitrary<ArrayBuffer[]> = fc
  .tuple(...[0, 1, 2].map(() => fc.constantFrom(0, 8, 24, 4095, 4096, 5000)))
  .map((sizes) => sizes.map((size) => Uint8Array.from({ length: size }, (_, i) => i * 7).buffer));

const REFER = Symbol('refer to a node');

/** Objects that refer to each other at will: shared, cyclic, views of the same memory. */
const graphs: Arbitrary<unknown> = fc
  .record({
    buffers,
    shells: fc.array(shells, { minLength: 1, maxLength: 30 }),
    edges: fc.array(
      fc.record({
        from: fc.nat(),
        to: fc.nat(),
        label: strings,
        leaf: fc.option(primitives, { nil: REFER }),
      }),
      { maxLength: 60 },
    ),
  })
  .map(({ buffers, shells, edges }) => {
    const nodes = shells.map((make) => make(buffers));
    for (const { from, to, label, leaf } of edges) {
      join(nodes[from % nodes.length]!, label, leaf === REFER ? nodes[to % nodes.length]! : leaf);
    }
    return nodes.length % 2 === 0 ? nodes : nodes[0];
  });

function join(from: object, label: string, to: unknown): void {
  if (from instanceof Map) from.set(label.length % 2 === 0 ? label : to, to);
  else if (from instanceof Set) from.add(to);
  else if (from instanceof Error) from.cause = to;
  else if (Array.isArray(from) && label.length % 8 !== 0) from.push(to);
  else if (!ArrayBuffer.isView(from) && label !== 'length') {
    Object.defineProperty(from, label, { value: to, enumerable: true, configurable: true, writable: true });
  }
}

export const values: Arbitrary<unknown> = fc.oneof(trees, graphs);
