import { Communicator } from '../comm/index.ts';
import { task } from '../pool/index.ts';
import { world } from '../world.ts';
import { mustAgree, together } from './agree.ts';
import { rangesOf } from './argument.ts';
import { LinalgError } from './error.ts';
import type { KeptVector } from './kept.ts';
import { SolverMemory } from './kernels/memory.ts';
import type { Operator } from './operator.ts';
import type { Where } from './options.ts';
import { width, type Complex, type Scalar } from './scalar.ts';
import { SpinOperator } from './spin/operator.ts';
import { next } from './spin/sector.ts';
import { DistributedVector } from './vector.ts';
import { inWorker, onWorkers, type OnRanks, type OnWorkers, type WorkerCall } from './workers.ts';

/** Where a vector is made, and of which numbers. */
export interface VectorOptions {
  /** Default: the world. On a pool the vector stays on the workers. */
  readonly on?: Where | undefined;
  readonly scalar?: Scalar | undefined;
}

/**
 * A basis state: 1 in one row, 0 elsewhere, real. With an executor or `'pool'` the workers keep it,
 * and a promise of its handle comes back.
 *
 * @param operator whose rows the vector has.
 * @param which the row; or for spin operators the bits of the sites, 0 for up.
 * @throws LinalgError ERR_OPTION for bits that are none of the operator's states, ERR_RANGE for a
 *     row beyond the shape.
 * @example
 * basisState(hamHeis(4), '0101'); // Néel
 */
export function basisState(
  operator: Operator,
  which: string | number,
  options: VectorOptions & OnWorkers,
): Promise<KeptVector>;
export function basisState(
  operator: Operator,
  which: string | number,
  options?: VectorOptions & OnRanks,
): DistributedVector;
export function basisState(
  operator: Operator,
  which: string | number,
  options: VectorOptions = {},
): DistributedVector | Promise<KeptVector> {
  return make(operator, { kind: 'basis', row: rowOf(operator, which) }, options.scalar ?? 'real', options.on);
}

/**
 * A random unit vector; its entries depend on the seed and the global row alone.
 *
 * @param options `scalar` is that of the operator unless given.
 * @throws LinalgError ERR_OPTION for a seed that is no whole number.
 */
export function randomVector(
  operator: Operator,
  seed: number,
  options: VectorOptions & OnWorkers,
): Promise<KeptVector>;
export function randomVector(
  operator: Operator,
  seed: number,
  options?: VectorOptions & OnRanks,
): DistributedVector;
export function randomVector(
  operator: Operator,
  seed: number,
  options: VectorOptions = {},
): DistributedVector | Promise<KeptVector> {
  if (!Number.isSafeInteger(seed))
    throw new LinalgError('ERR_OPTION', `seed is ${seed}, and must be a whole number`);
  return make(operator, { kind: 'random', seed }, options.scalar ?? operator.scalar, options.on);
}

/** An entry of a vector; `state` is the bits of a spin operator's row, the row itself elsewhere. */
export type EntryFunction = (row: number, state: number) => number | Complex;

/**
 * The vector whose entries a function gives, each rank its own.
 *
 * @param f called with the global row. For workers: a task, or a function that captures nothing.
 * @param options `scalar` is that of the operator unless given.
 * @throws LinalgError ERR_VALUE for entries that are not finite, or complex in a real vector.
 * @example
 * vectorOf(H, (_, state) => ((state & 1) === 0 ? 1 : 0));
 */
export function vectorOf(
  operator: Operator,
  f: EntryFunction,
  options: VectorOptions & OnWorkers,
): Promise<KeptVector>;
export function vectorOf(
  operator: Operator,
  f: EntryFunction,
  options?: VectorOptions & OnRanks,
): DistributedVector;
export function vectorOf(
  operator: Operator,
  f: EntryFunction,
  options: VectorOptions = {},
): DistributedVector | Promise<KeptVector> {
  return make(operator, { kind: 'function', f }, options.scalar ?? operator.scalar, options.on);
}

type Recipe =
  | { readonly kind: 'basis'; readonly row: number }
  | { readonly kind: 'random'; readonly seed: number }
  | { readonly kind: 'function'; readonly f: EntryFunction };

function make(
  operator: Operator,
  recipe: Recipe,
  scalar: Scalar,
  on: Where | undefined,
): DistributedVector | Promise<KeptVector> {
  const where = on ?? world();
  if (where instanceof Communicator) return makeVector(where, operator, recipe, scalar);
  return onWorkers(where, vectorOnWorkers, [operator, recipe, scalar], 'keep') as Promise<KeptVector>;
}

/** @internal */
export const vectorOnWorkers: WorkerCall = task(import.meta, function vectorOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([operator, recipe, scalar]) =>
    makeVector(comm, operator as Operator, recipe as Recipe, scalar as Scalar),
  );
});

function makeVector(
  comm: Communicator,
  operator: Operator,
  recipe: Recipe,
  scalar: Scalar,
): DistributedVector {
  mustAgree(comm, 'vector', [operator.describe(), recipe, scalar]);
  const vector = new DistributedVector(comm, scalar, rangesOf(operator, comm, 'columns'));
  const { start, end } = vector.ownership;
  const w = width(scalar);
  switch (recipe.kind) {
    case 'basis':
      if (recipe.row >= start && recipe.row < end) vector.local[(recipe.row - start) * w] = 1;
      return vector;
    case 'random':
      fillRandom(vector, recipe.seed);
      return vector.scale(scalar === 'real' ? 1 / vector.norm() : { re: 1 / vector.norm(), im: 0 });
    case 'function':
      together(comm, 'vectorOf', () => fill(vector, operator, recipe.f));
      return vector;
  }
}

function fillRandom(vector: DistributedVector, seed: number): void {
  const { local, ownership, comm } = vector;
  const memory = new SolverMemory(local.byteLength, 1, comm.size);
  const at = memory.allocate(local.byteLength);
  const words = [seed >>> 0, Math.floor(Math.abs(seed) / 2 ** 32) >>> 0] as const;
  const w = width(vector.scalar);
  memory.kernels.randomFill(at, local.length / w, w, ownership.start, ...words, 0);
  local.set(memory.floats(at, local.length));
  memory.free();
}

function fill({ local, ownership, scalar }: DistributedVector, operator: Operator, f: EntryFunction): void {
  const sector = operator instanceof SpinOperator ? operator.sector : undefined;
  let state = ownership.start;
  if (sector !== undefined && ownership.start < ownership.end) state = sector.stateAt(ownership.start);
  for (let row = ownership.start; row < ownership.end; row++) {
    const value = f(row, state);
    const [re, im] = typeof value === 'number' ? [value, 0] : [value.re, value.im];
    if (!Number.isFinite(re) || !Number.isFinite(im))
      throw new LinalgError('ERR_VALUE', `entry ${row} of the vector is ${re} + ${im}i`);
    if (scalar === 'real' && im !== 0)
      throw new LinalgError(
        'ERR_VALUE',
        `entry ${row} of a real vector is ${re} + ${im}i: give { scalar: 'complex' }`,
      );
    const i = row - ownership.start;
    if (scalar === 'real') local[i] = re;
    else local.set([re, im], 2 * i);
    state = sector ? next(state) : state + 1;
  }
}

function rowOf(operator: Operator, which: string | number): number {
  if (typeof which === 'number') {
    if (Number.isSafeInteger(which) && which >= 0 && which < operator.shape[1]) return which;
    throw new LinalgError('ERR_RANGE', `row ${which} is not among rows 0 to ${operator.shape[1] - 1}`);
  }
  if (!(operator instanceof SpinOperator))
    throw new LinalgError('ERR_OPTION', 'bits name states of spin operators alone: give the row');
  const { n, sector } = operator;
  if (which.length !== n || /[^01]/.test(which))
    throw new LinalgError('ERR_OPTION', `'${which}' is no state of ${n} sites: give ${n} bits, 0 for up`);
  const state = parseInt(which, 2);
  if (sector === undefined) return state;
  if (!sector.has(state))
    throw new LinalgError('ERR_OPTION', `'${which}' is not in the sector of the operator`);
  return sector.indexOf(state);
}
