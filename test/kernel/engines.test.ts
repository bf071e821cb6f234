/** The same kernels on the engines of the CPU, from the same values: the same bits everywhere. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  axisTable,
  type Axis,
  type Box,
  type EngineName,
  type FunctionField,
  type Given,
  type Kernel,
} from '../../src/kernel/index.ts';
import * as kernels from './kernels.ts';
import { result, Rig, sameBits, unitAxes, type RigOptions } from './rig.ts';

const COMPILED: readonly EngineName[] = ['wasm', 'native'];

/** Runs a kernel interpreted and compiled, on f64 with the same bits and on f32 within rounding. */
function everywhere<A>(
  kernel: Kernel<A>,
  options: RigOptions,
  args: (rig: Rig) => Given<A>,
  more: Parameters<typeof result>[4] = {},
): void {
  const expected = result(kernel, 'interpret', options, args, more);
  const before = new Rig(options).all();
  assert.ok(
    expected.some((each, i) => !Object.is(each, before[i])),
    'the kernel writes something',
  );
  for (const engine of COMPILED)
    sameBits(result(kernel, engine, options, args, more), expected, `${kernel.name} on ${engine}`);
}

const vector = (rig: Rig) => ({ x: rig.field('vc'), y: rig.field('cv') });
const tensor = (rig: Rig) => ({ xx: rig.field('cc'), yy: rig.field('cc'), xy: rig.field('vv') });
const mask = (rig: Rig) => ({
  cc: rig.field('cc'),
  vc: rig.field('vc'),
  cv: rig.field('cv'),
  vv: rig.field('vv'),
});
const stress = (rig: Rig): Given<kernels.Stress> => ({
  ...{ tau: tensor(rig), Pr: rig.field('cc'), divV: rig.field('cc'), V: vector(rig), tauOld: tensor(rig) },
  ...{ eta: 10, etaVe: 0.3, G: 1, dt: 0.01, dtauPr: 0.2, dtauR: 0.05 },
});
const velocity = (rig: Rig, rhogy: FunctionField | number): Given<kernels.Velocity> => ({
  ...{
    V: vector(rig),
    rV: vector(rig),
    Pr: rig.field('cc'),
    tau: tensor(rig),
    rhogy,
    etaVe: 0.3,
    nudtau: 0.02,
  },
});
const GRID: RigOptions = { n: [17, 6] };
const rho: FunctionField = {
  fn: (x: number, y: number, _: number, { r }: { r: number }) => (x ** 2 + y ** 2 < r ** 2 ? 1 : 0.25),
  place: 'cv',
  parameters: { r: 0.8 },
};

describe('kernels of Chmy', () => {
  it('diffusion', () => {
    everywhere(kernels.flux, GRID, (rig) => ({ q: vector(rig), C: rig.field('cc'), chi: 0.7 }));
    everywhere(kernels.update, GRID, (rig) => ({ C: rig.field('cc'), q: vector(rig), dt: 0.01 }));
    everywhere(kernels.heat, GRID, (rig) => ({ next: rig.field('cc'), now: rig.field('cc'), k: 0.1 }));
    everywhere(kernels.heat3, { n: [9, 4, 5] }, (rig) => ({
      next: rig.field('ccc'),
      now: rig.field('ccc'),
      k: 0.1,
    }));
  });

  it('Stokes', () => {
    everywhere(kernels.updateOld, GRID, (rig) => ({
      T: rig.field('cc'),
      tau: tensor(rig),
      TOld: rig.field('cc'),
      tauOld: tensor(rig),
    }));
    everywhere(kernels.stress, GRID, stress);
    everywhere(kernels.velocity, GRID, (rig) => velocity(rig, 1));
    everywhere(kernels.velocity, GRID, (rig) => velocity(rig, rho));
    everywhere(kernels.thermalFlux, GRID, (rig) => ({
      qT: vector(rig),
      T: rig.field('cc'),
      V: vector(rig),
      lambda: 0.4,
    }));
    everywhere(kernels.thermal, GRID, (rig) => ({
      T: rig.field('cc'),
      TOld: rig.field('cc'),
      qT: vector(rig),
      dt: 0.1,
    }));
  });
});

describe('operators', () => {
  const args = (rig: Rig): Given<typeof kernels.operators extends Kernel<infer A> ? A : never> => ({
    ...{ f: rig.field('cc'), k: rig.field('cc'), v: vector(rig) },
    ...{ c: rig.field('cc'), e: rig.field('vc'), n: rig.field('cv'), o: rig.field('vv') },
  });

  it('all of two dimensions, on uniform and on function axes', () => {
    everywhere(kernels.operators, GRID, args);
    everywhere(kernels.operators, GRID, args, { axes: functionAxes });
  });

  it('a mask as last argument; indices; coordinates at the place of what is written', () => {
    const given = (rig: Rig) => ({
      ...{ f: rig.field('cc'), k: rig.field('cc'), v: vector(rig), m: mask(rig) },
      ...{ c: rig.field('cc'), e: rig.field('vc') },
    });
    everywhere(kernels.masked, GRID, given);
    everywhere(kernels.masked, GRID, given, { axes: functionAxes });
  });
});

/** Stretched axes, their arrays behind the fields. */
export function functionAxes(rig: Rig): Axis[] {
  const array = rig.whole();
  let at = array.length - 2048;
  return unitAxes(rig.dims).map(({ first }, dim) => {
    const vertex = (i: number) => Math.sinh(0.1 * (i + first)) * (dim + 1);
    const table = axisTable(vertex, -3, rig.options.n[dim]! + 4);
    const arrays = Object.fromEntries(
      Object.entries(table).map(([name, values]) => {
        array.set(values, at);
        const start = (at + 3) * array.BYTES_PER_ELEMENT;
        at += values.length;
        return [name, start];
      }),
    );
    return { arrays: arrays as Record<keyof typeof table, number>, first };
  });
}

describe('shapes', () => {
  it('rows of 1 to 9 points from odd starts, in one, two and three dimensions', () => {
    for (let length = 1; length <= 9; length++) {
      for (const type of ['f64', 'f32'] as const) {
        for (const dims of [1, 2, 3]) {
          const options = { n: [12, 3, 2].slice(0, dims), type, shift: length % 3 };
          const place = 'c'.repeat(dims);
          const more = {
            boxes: () => [
              { lo: [length % 2, 0, 1].slice(0, dims), hi: [(length % 2) + length, 2, 2].slice(0, dims) },
            ],
          };
          const args = (rig: Rig) => ({ next: rig.field(place), now: rig.field(place), k: 0.25 });
          const kernel = [kernels.heat1, kernels.heat, kernels.heat3][dims - 1]!;
          if (type === 'f64') everywhere(kernel, options, args, more);
          for (const engine of COMPILED)
            sameBits(
              result(kernel, engine, options, args, more),
              perPoint(kernel, engine, options, args, more.boxes()[0]!),
              kernel.name,
            );
        }
      }
    }
  });
});

/** The same box, point by point: no vectors are used. */
function perPoint<A>(
  kernel: Kernel<A>,
  engine: EngineName,
  options: RigOptions,
  args: (rig: Rig) => Given<A>,
  { lo, hi }: { readonly lo: readonly number[]; readonly hi: readonly number[] },
) {
  const points: Box[] = [];
  for (let k = lo[2] ?? 0; k < (hi[2] ?? 1); k++)
    for (let j = lo[1] ?? 0; j < (hi[1] ?? 1); j++)
      for (let i = lo[0]!; i < hi[0]!; i++) points.push({ lo: [i, j, k], hi: [i + 1, j + 1, k + 1] });
  return result(kernel, engine, options, args, { boxes: () => points });
}
