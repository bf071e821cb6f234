import type { Communicator } from '../comm/index.ts';
import { mustAgree, together } from './agree.ts';
import { distribute, type LocalVector } from './argument.ts';
import { chooseBackend } from './backend.ts';
import { LinalgError } from './error.ts';
import { mustBeHermitian } from './hermitian.ts';
import { SolverMemory } from './kernels/memory.ts';
import { Bank } from './krylov/bank.ts';
import { denseEigen } from './krylov/dense.ts';
import { matrixOf } from './krylov/dense-matrix.ts';
import { extremal } from './krylov/extremal.ts';
import { filtered } from './krylov/filtered.ts';
import { layoutOf, prepareProduct } from './krylov/product.ts';
import { applyPhase, phaseOf } from './krylov/phase.ts';
import { rayleighRitz, type RitzPairs } from './krylov/rayleigh-ritz.ts';
import type { Pair } from './krylov/rounds.ts';
import { Space } from './krylov/space.ts';
import { thickScratch } from './krylov/thick-restart.ts';
import type { Operator } from './operator.ts';
import { eigenBySlepc } from './slepc/hermitian.ts';
import { checkOptions, type Checked, type EigenResult, type EighOptions } from './options.ts';
import { DistributedVector } from './vector.ts';

/** Up to here all products with unit vectors and a dense solver are quicker than iterations. */
const DENSE = 100;
/** The same where many values are wanted, or inner ones. */
const DENSE_MANY = 400;

/** What a solver brings, vectors still on their ranks. */
interface Solved extends RitzPairs {
  readonly solver: string;
  readonly complete: boolean;
  readonly iterations: number;
}

/** Collective over comm: eigenpairs of a Hermitian operator by the krylov backend. */
export function solveEigen(
  operator: Operator,
  comm: Communicator,
  options: EighOptions,
): EigenResult<DistributedVector> {
  const operation = 'eigh';
  const began = performance.now();
  const { start, signal, onProgress, ...plain } = options;
  mustAgree(comm, operation, [operator.describe(), plain, start?.length, signal !== undefined]);
  const n = operator.shape[0];
  if (operator.shape[1] !== n)
    throw new LinalgError('ERR_SHAPE', `eigh needs a square operator, not ${operator.shape.join(' × ')}`);
  const checked = checkOptions(n, options);
  const inner = checked.target.kind === 'near' || checked.target.kind === 'interval';
  const backend = chooseBackend(comm, operation, inner ? 'inner' : 'extremal', operator, options);
  const begin = start && distribute(comm, operation, operator, start as LocalVector);
  if (backend === 'slepc') {
    const found = eigenBySlepc(operator, comm, checked, { ...options, start: begin });
    const { values, residuals, ranges, ...told } = found;
    const vectors = checked.vectors
      ? found.vectors.map((local) => new DistributedVector(comm, operator.scalar, ranges, local))
      : [];
    return { ...told, values, vectors, residuals, backend, seconds: (performance.now() - began) / 1000 };
  }
  const { scalar } = operator;
  const layout = layoutOf(operator, comm, scalar);
  const plan = together(comm, operation, () => prepareProduct(operator, layout))();
  const { start: from, end } = layout.rows[comm.rank]!;
  const doubles = (end - from) * (scalar === 'complex' ? 2 : 1);
  const needs = vectorsFor(checked, n, options.basis);
  const bytes = plan.bytes + needs.count * Space.stride(doubles) + thickScratch(needs.basis);
  const memory = together(comm, operation, () => new SolverMemory(bytes, plan.allocations + 8, comm.size));
  try {
    const watch = { operation, maxProducts: checked.maxProducts, signal, onProgress };
    const space = new Space(comm, memory, layout.rows, scalar, plan.bind(memory), watch);
    const bank = new Bank(space, needs.bank);
    mustBeHermitian(operator, space, bank);
    const solved = dispatch(space, bank, checked, n, needs.basis, begin);
    const { values, residuals, solver, complete, iterations } = solved;
    const vectors = checked.vectors
      ? solved.vectors.map((local) => new DistributedVector(comm, scalar, layout.rows, local))
      : [];
    const seconds = (performance.now() - began) / 1000;
    const { products } = space;
    return { values, vectors, residuals, products, iterations, backend, solver, complete, seconds };
  } finally {
    memory.free();
  }
}

/** Vectors that a solve takes: in its bank, and in the basis of a restarted method. */
function vectorsFor(
  { target }: Checked,
  n: number,
  basis?: number,
): { readonly bank: number; readonly basis: number; readonly count: number } {
  const k = 'k' in target ? target.k : 8;
  const inner = target.kind === 'near' || target.kind === 'interval';
  const isDense = usesDense(target, n);
  const size = inner && !isDense ? Math.min(n - 1, basis ?? 2 * k + 40) : 0;
  const bank = isDense ? 6 : (target.kind === 'magnitude' ? 4 : 2) * k + 2 * size + 7;
  return { bank, basis: size, count: bank + (size > 0 ? size + 1 : 0) };
}

function usesDense(target: Checked['target'], n: number): boolean {
  if (n <= DENSE) return true;
  if (n > DENSE_MANY) return false;
  return target.kind === 'near' || target.kind === 'interval' || target.k > n / 8;
}

function dispatch(
  space: Space,
  bank: Bank,
  checked: Checked,
  n: number,
  basis: number,
  start: DistributedVector | undefined,
): Solved {
  const { target } = checked;
  if (usesDense(target, n)) return dense(space, bank, checked, n);
  if (target.kind === 'near' || target.kind === 'interval')
    return filtered(space, bank, { ...checked, target, basis }, n);
  const begin = start && place(space, bank, start);
  const wanted = {
    k: target.k,
    tol: checked.tol,
    complete: checked.complete,
    seed: checked.seed,
    start: begin,
  };
  const ends = target.kind === 'magnitude' ? (['lowest', 'highest'] as const) : [target.kind];
  const runs = ends.map((end) => extremal(space, bank, { ...wanted, sign: end === 'lowest' ? 1 : -1 }));
  if (begin !== undefined) bank.giveBack(begin);
  let pairs = runs.flatMap((run) => run.pairs);
  if (target.kind === 'magnitude')
    pairs = pairs.sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, target.k);
  const finished = finish(space, bank, pairs);
  return {
    ...finished,
    solver: 'lanczos, in rounds',
    complete: runs.every((run) => run.complete),
    iterations: runs.reduce((sum, run) => sum + run.iterations, 0),
  };
}

function finish(space: Space, bank: Bank, pairs: readonly Pair[]): RitzPairs {
  const images = pairs.map(() => bank.take());
  const room = [bank.take(), bank.take()] as const;
  const vectors = pairs.map(({ vector }) => vector);
  const result = rayleighRitz(space, space.apply, vectors, images, room);
  for (const vector of [...images, ...room, ...vectors]) bank.giveBack(vector);
  return result;
}

/** The start vector in the memory of the solve. */
function place(space: Space, bank: Bank, start: DistributedVector): number {
  const at = bank.take();
  if (start.scalar === 'complex' && space.scalar === 'real')
    throw new LinalgError('ERR_SHAPE', 'the start vector is complex, and the operator real');
  space.local(at).set((space.scalar === 'complex' ? start.toComplex() : start).local);
  return at;
}

/** All eigenpairs of a small operator, by its products with unit vectors. */
function dense(space: Space, bank: Bank, checked: Checked, n: number): Solved {
  const { width: w, range } = space;
  const matrix = matrixOf(space, bank, n);
  const { values, vectors } = denseEigen(matrix, n, space.scalar);
  const chosen = choose(values, checked);
  const locals = chosen.map((i) => vectors[i]!);
  const [x, y] = [bank.take(), bank.take()];
  const parts: Float64Array[] = [];
  const found = locals.map((vector, i) => {
    space.local(x).set(vector.subarray(range.start * w, range.end * w));
    applyPhase(space, x, phaseOf(space, x));
    parts.push(space.local(x).slice());
    space.step(space.apply, y, x);
    return space.residual(y, x, values[chosen[i]!]!);
  });
  bank.giveBack(x);
  bank.giveBack(y);
  return {
    values: Float64Array.from(chosen, (i) => values[i]!),
    residuals: Float64Array.from(found),
    vectors: parts,
    solver: 'dense',
    complete: true,
    iterations: 0,
  };
}

/** Which of all values are wanted, ascending. */
function choose(values: Float64Array, { target }: Checked): number[] {
  const all = Array.from(values.keys());
  const by = (key: (value: number) => number, k: number) =>
    all
      .sort((a, b) => key(values[a]!) - key(values[b]!))
      .slice(0, k)
      .sort((a, b) => a - b);
  switch (target.kind) {
    case 'lowest':
      return by((value) => value, target.k);
    case 'highest':
      return by((value) => -value, target.k);
    case 'magnitude':
      return by((value) => -Math.abs(value), target.k);
    case 'near': {
      const { near } = target;
      const [low, high] = [values[0]!, values.at(-1)!];
      const center = typeof near === 'number' ? near : low + near.relative * (high - low);
      return by((value) => Math.abs(value - center), target.k);
    }
    case 'interval':
      return all.filter((i) => values[i]! >= target.from && values[i]! <= target.to);
  }
}
