/** exp, log, sin, cos, tanh and pow over a million arguments: within 1 ulp of `Math`, the same bits on all compiled engines. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  compile,
  kernel,
  kindsOf,
  sharedMemory,
  type Cells,
  type EngineName,
  type Kernel,
  type Scalar,
} from '../../src/kernel/index.ts';

const N = 1_000_000;
type Function2 = Kernel<{ x: Scalar; y: Scalar; out: Scalar }>;
const CASES: Record<string, [Function2, (x: number, y: number) => number, (u: number, i: number) => number]> =
  {
    exp: [
      kernel((_, { x, out }) => {
        out.here = Math.exp(x.here);
      }),
      Math.exp,
      (u) => (u - 0.5) * 1500,
    ],
    'exp near 0': [
      kernel((_, { x, out }) => {
        out.here = Math.exp(x.here);
      }),
      Math.exp,
      (u) => (u - 0.5) * 4,
    ],
    log: [
      kernel((_, { x, out }) => {
        out.here = Math.log(x.here);
      }),
      Math.log,
      (u) => 2 ** ((u - 0.5) * 2140),
    ],
    'log near 1': [
      kernel((_, { x, out }) => {
        out.here = Math.log(x.here);
      }),
      Math.log,
      (u) => 0.5 + u,
    ],
    sin: [
      kernel((_, { x, out }) => {
        out.here = Math.sin(x.here);
      }),
      Math.sin,
      (u, i) => (u - 0.5) * (i % 2 ? 20 : 2e8),
    ],
    cos: [
      kernel((_, { x, out }) => {
        out.here = Math.cos(x.here);
      }),
      Math.cos,
      (u, i) => (u - 0.5) * (i % 2 ? 20 : 2e8),
    ],
    'sin near multiples of π': [
      kernel((_, { x, out }) => {
        out.here = Math.sin(x.here);
      }),
      Math.sin,
      (_, i) => i * Math.PI,
    ],
    tanh: [
      kernel((_, { x, out }) => {
        out.here = Math.tanh(x.here);
      }),
      Math.tanh,
      (u, i) => (u - 0.5) * (i % 2 ? 4 : 50),
    ],
    pow: [
      kernel((_, { x, y, out }) => {
        out.here = Math.pow(x.here, y.here);
      }),
      Math.pow,
      (u) => 2 ** ((u - 0.5) * 60),
    ],
  };
/** Arguments whose results are exact or special, and the sign of 0. */
const SPECIAL = [
  0,
  -0,
  1,
  -1,
  Infinity,
  -Infinity,
  NaN,
  0.5,
  -0.5,
  2,
  -2,
  3,
  1e300,
  -1e300,
  5e-324,
  -5e-324,
  2 ** -1022,
  709.8,
  -745.2,
  1e-20,
  -1e-20,
];

const bits = new BigInt64Array(1);
const float = new Float64Array(bits.buffer);
/** Position of a number among all doubles. */
function order(x: number): bigint {
  float[0] = x;
  const raw = bits[0]!;
  return raw < 0n ? -(raw & 0x7fffffffffffffffn) : raw;
}
function ulps(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Infinity;
  return Number(order(a) > order(b) ? order(a) - order(b) : order(b) - order(a));
}

function run(fn: Function2, engine: EngineName, x: ArrayLike<number>, y: ArrayLike<number>): Float64Array {
  const n = x.length;
  const memory = sharedMemory(24 * n);
  const array = new Float64Array(memory.buffer);
  array.set(x);
  array.set(y, n);
  const field = (k: number): Cells => ({
    memory,
    offset: 8 * k * n,
    pitch: n,
    plane: 0,
    type: 'f64',
    place: 'c',
  });
  const args = { x: field(0), y: field(1), out: field(2) };
  compile(fn, kindsOf(args), { engine })
    .bind(args)
    .run({ lo: [0], hi: [n] });
  return array.slice(2 * n, 3 * n);
}

describe('a million arguments', () => {
  for (const [name, [fn, exact, argument]] of Object.entries(CASES)) {
    it(name, () => {
      let state = 12345;
      const uniform = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (state + 0.5) / 2 ** 32;
      };
      const x = Float64Array.from({ length: N }, (_, i) => argument(uniform(), i));
      const y = Float64Array.from({ length: N }, (_, i) => (uniform() - 0.5) * (i % 4 ? 20 : 800));
      const ours = run(fn, 'wasm', x, y);
      let worst = 0;
      let at = 0;
      for (let i = 0; i < N; i++) {
        const off = Object.is(ours[i], exact(x[i]!, y[i]!)) ? 0 : ulps(ours[i]!, exact(x[i]!, y[i]!));
        if (off > worst) [worst, at] = [off, i];
      }
      assert.ok(
        worst <= 1,
        `${name}(${x[at]}, ${y[at]}) is ${ours[at]}, ${worst} ulp from ${exact(x[at]!, y[at]!)}`,
      );
      const native = run(fn, 'native', x, y);
      assert.ok(
        ours.every((value, i) => Object.is(value, native[i])),
        'the same bits by the C compiler',
      );
    });
  }

  it('special arguments', () => {
    const pairs = SPECIAL.flatMap((x) => SPECIAL.map((y): [number, number] => [x, y]));
    for (const [name, [fn, exact]] of Object.entries(CASES)) {
      const ours = run(
        fn,
        'wasm',
        pairs.map(([x]) => x),
        pairs.map(([, y]) => y),
      );
      pairs.forEach(([x, y], i) => {
        // Sine and cosine are defined up to 1e8.
        if (/^(sin|cos)/.test(name) && Math.abs(x) > 1e8) assert.ok(Number.isNaN(ours[i]));
        else
          assert.ok(
            ulps(ours[i]!, exact(x, y)) <= 1,
            `${name}(${x}, ${y}) is ${ours[i]}, not ${exact(x, y)}`,
          );
      });
    }
  });
});
