import { Communicator, IN_PLACE, SUM } from '../comm/index.ts';
import { task } from '../pool/index.ts';
import { world } from '../world.ts';
import { mustAgree, together } from './agree.ts';
import { rangesOf } from './argument.ts';
import { LinalgError } from './error.ts';
import type { Operator } from './operator.ts';
import type { Where } from './options.ts';
import { solveEigen } from './solve-eigen.ts';
import { svds } from './svds.ts';
import { inWorker, onWorkers, type OnRanks, type OnWorkers, type WorkerCall } from './workers.ts';

/** How well the ends of a spectrum are found, and where. */
export interface SpectrumOptions {
  /** Default: the world. */
  readonly on?: Where | undefined;
  /** Default 1e-10. */
  readonly tol?: number | undefined;
}

/**
 * The lowest and the highest eigenvalue of a Hermitian operator, on every rank.
 *
 * @throws LinalgError as `eigh` does.
 * @example
 * const [low, high] = boundSpectrum(hamHeis(20)); // −8.682473, 4.75
 */
export function boundSpectrum(
  operator: Operator,
  options: SpectrumOptions & OnWorkers,
): Promise<[number, number]>;
export function boundSpectrum(operator: Operator, options?: SpectrumOptions & OnRanks): [number, number];
export function boundSpectrum(
  operator: Operator,
  { on = world(), ...rest }: SpectrumOptions = {},
): [number, number] | Promise<[number, number]> {
  if (on instanceof Communicator) return boundsOf(on, operator, rest);
  return onWorkers(on, boundsOnWorkers, [operator, rest]) as Promise<[number, number]>;
}

/** @internal */
export const boundsOnWorkers: WorkerCall = task(import.meta, function boundsOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([operator, options]) =>
    boundsOf(comm, operator as Operator, options as SpectrumOptions),
  );
});

function boundsOf(comm: Communicator, operator: Operator, { tol }: SpectrumOptions): [number, number] {
  const end = (which: 'lowest' | 'highest') =>
    solveEigen(operator, comm, { k: 1, which, tol, vectors: false }).values[0]!;
  return [end('lowest'), end('highest')];
}

/** Options of `norm`. */
export interface NormOptions extends SpectrumOptions {
  /**
   * `spectral` (default): the largest singular value. `frobenius`: the root of the sum of all squares,
   * for operators that have rows.
   */
  readonly kind?: 'spectral' | 'frobenius' | undefined;
}

/**
 * The norm of an operator, on every rank.
 *
 * @throws LinalgError as `svds` does; ERR_BACKEND for the Frobenius norm of an operator without rows.
 */
export function norm(operator: Operator, options: NormOptions & OnWorkers): Promise<number>;
export function norm(operator: Operator, options?: NormOptions & OnRanks): number;
export function norm(
  operator: Operator,
  { on = world(), ...rest }: NormOptions = {},
): number | Promise<number> {
  if (on instanceof Communicator) return normOf(on, operator, rest);
  return onWorkers(on, normOnWorkers, [operator, rest]) as Promise<number>;
}

/** @internal */
export const normOnWorkers: WorkerCall = task(import.meta, function normOnWorkers(comm, packed) {
  return inWorker(comm, packed, ([operator, options]) =>
    normOf(comm, operator as Operator, options as NormOptions),
  );
});

function normOf(comm: Communicator, operator: Operator, { kind = 'spectral', tol }: NormOptions): number {
  if (kind === 'spectral') return svds(operator, { k: 1, tol, vectors: false, on: comm }).values[0]!;
  const operation = 'norm';
  mustAgree(comm, operation, [operator.describe(), kind]);
  if (!operator.hasRows)
    throw new LinalgError(
      'ERR_BACKEND',
      'the Frobenius norm needs rows, and the operator has products alone',
    );
  const rows = together(comm, operation, () => operator.rows(rangesOf(operator, comm)[comm.rank]!));
  const sum = Float64Array.of(squares(rows, operator.scalar === 'complex' ? 2 : 1));
  comm.Allreduce(IN_PLACE, sum, SUM);
  return Math.sqrt(sum[0]!);
}

/** Σ |entry|², entries of one place added up first. */
function squares({ rowPtr, columns, values }: ReturnType<Operator['rows']>, width: 1 | 2): number {
  let sum = 0;
  for (let row = 0; row + 1 < rowPtr.length; row++) {
    const places = new Map<number, number>();
    const parts: number[][] = [];
    for (let e = rowPtr[row]!; e < rowPtr[row + 1]!; e++) {
      const known = places.get(columns[e]!);
      const entry = Array.from({ length: width }, (_, c) => values[e * width + c]!);
      if (known === undefined) {
        places.set(columns[e]!, parts.length);
        parts.push(entry);
      } else entry.forEach((value, c) => (parts[known]![c]! += value));
    }
    for (const value of parts.flat()) sum += value * value;
  }
  return sum;
}
