import type { Communicator } from '../../comm/index.ts';
import { LinalgError } from '../error.ts';
import { mustBeHermitian } from '../hermitian.ts';
import { SolverMemory } from '../kernels/memory.ts';
import { Bank } from '../krylov/bank.ts';
import { spectrumBounds } from '../krylov/bounds.ts';
import { rayleighRitz, type RitzPairs } from '../krylov/rayleigh-ritz.ts';
import { Space, type Watch } from '../krylov/space.ts';
import { DistributedVector } from '../vector.ts';
import type { Operator } from '../operator.ts';
import type { Checked, EighOptions } from '../options.ts';
import { Eps } from './eps.ts';
import { factorization, isSingular } from './factorization.ts';
import { doubled, halved } from './doubled.ts';
import { fromRows, matrixOf, productOf, type Matrix } from './matrix.ts';
import { Session, type PetscOptions } from './session.ts';

/** What SLEPc has found, vectors on their ranks. */
export interface Found extends RitzPairs {
  readonly ranges: Matrix['layout']['rows'];
  readonly solver: string;
  readonly complete: boolean;
  readonly iterations: number;
  readonly products: number;
}

/** An eigenvalue with this rank's part of its vector. */
interface Pair {
  readonly value: number;
  readonly vector: Float64Array;
}

/**
 * Collective: eigenpairs of a Hermitian operator by SLEPc.
 *
 * @throws LinalgError ERR_SOLVER, ERR_CONVERGENCE, ERR_HERMITIAN, ERR_BACKEND, ERR_RANGE.
 */
export function eigenBySlepc(
  operator: Operator,
  comm: Communicator,
  checked: Checked,
  options: EighOptions,
): Found {
  const { signal, onProgress } = options;
  const operation = 'eigh';
  const watch: Watch = { operation, maxProducts: checked.maxProducts, signal, onProgress };
  if (checked.target.kind === 'near' && !operator.hasRows)
    throw new LinalgError(
      'ERR_BACKEND',
      'SLEPc factorizes an operator for the values near a number, and this one has no rows: use the krylov backend',
    );
  const session = new Session(comm, operation, operator.scalar);
  let matrix: Matrix | undefined;
  try {
    matrix = matrixOf(session, operator, { scalar: operator.scalar, watch, hermitian: true });
    mustBeHermitian(operator, matrix.space, matrix.bank);
    if (checked.target.kind === 'interval' && operator.hasRows && operator.scalar === 'complex')
      return sliceDoubled(session, operator, matrix, checked, options);
    const solved = solve(session, matrix, checked, options, operator.hasRows);
    const ritz = refine(
      session,
      matrix,
      solved.pairs.map(({ vector }) => vector),
    );
    return { ...ritz, ...solved.told, ranges: matrix.layout.rows, products: matrix.products() };
  } finally {
    matrix?.free();
    session.close();
  }
}

/** What a solve says of itself. */
type Told = Pick<Found, 'solver' | 'complete' | 'iterations'>;

function solve(
  session: Session,
  matrix: Matrix,
  checked: Checked,
  options: EighOptions,
  hasRows: boolean,
): { readonly pairs: readonly Pair[]; readonly told: Told } {
  const { target, tol } = checked;
  const slices = target.kind === 'interval' && hasRows;
  const plan = planOf(session, matrix, checked, hasRows);
  session.set(
    {
      ...plan.options,
      ...('k' in target ? { eps_nev: String(target.k) } : {}),
      eps_conv_abs: '',
      // Near a number a digit more costs little, and values lie close.
      eps_tol: text((target.kind === 'near' ? 0.1 : 1) * tol * (matrix.norm || 1)),
      eps_max_it: String(restartsFor(checked, options)),
    },
    options.petsc,
  );
  const eps = new Eps(session, matrix, plan.hint);
  eps.setUp(options);
  const solver = `krylovschur, ${plan.name}`;
  if (slices) {
    const { pairs, restarts } = eps.solve(0, 0, undefined, []);
    return { pairs: ascending(pairs), told: { solver, complete: true, iterations: restarts } };
  }
  const rounds = target.kind === 'interval' ? inInterval : nearest;
  const { pairs, complete, iterations } = rounds(eps, session, matrix, checked, options, plan.key);
  return { pairs: ascending(pairs), told: { solver, complete, iterations } };
}

const ascending = (pairs: readonly Pair[]) => [...pairs].sort((a, b) => a.value - b.value);
const text = (value: number) => value.toExponential();

/** How SLEPc is asked for values, and the order in which it brings them: by a key, the least first. */
interface Plan {
  readonly name: string;
  readonly options: PetscOptions;
  readonly key: (value: number) => number;
  readonly hint: (said: string) => string;
}

function planOf(session: Session, matrix: Matrix, { target }: Checked, hasRows: boolean): Plan {
  const basic = { eps_type: 'krylovschur' };
  const hint = () => '';
  const extremal = (name: string, option: string, key: Plan['key']): Plan => ({
    name,
    options: { ...basic, [option]: '' },
    key,
    hint,
  });
  switch (target.kind) {
    case 'lowest':
      return extremal('lowest', 'eps_smallest_real', (value) => value);
    case 'highest':
      return extremal('highest', 'eps_largest_real', (value) => -value);
    case 'magnitude':
      return extremal('largest in magnitude', 'eps_largest_magnitude', (value) => -Math.abs(value));
    case 'near': {
      const { near } = target;
      const center = typeof near === 'number' ? near : placed(matrix, near.relative);
      const step = 1e-10 * matrix.norm;
      const solver = factorization(session, matrix.layout.scalar === 'real');
      return {
        name: `shift and invert, ${solver.name}`,
        options: {
          ...basic,
          ...solver.options,
          eps_target: text(center),
          eps_target_magnitude: '',
          eps_true_residual: '',
        },
        key: (value) => Math.abs(value - center),
        hint: (said) =>
          isSingular(said)
            ? `\nnear is an eigenvalue, as far as rounding tells: near: ${center + step} lies 1e-10 of the norm beside it`
            : '',
      };
    }
    case 'interval': {
      const interval = `${text(target.from)},${text(target.to)}`;
      if (!hasRows)
        return {
          name: 'polynomial filter',
          options: { ...basic, eps_interval: interval, st_type: 'filter' },
          key: (value) => value,
          hint,
        };
      const { options, name } = factorization(session, matrix.layout.scalar === 'real');
      return {
        name: `spectrum slicing, ${name}`,
        options: {
          ...basic,
          ...options,
          eps_interval: interval,
          // Inertia needs the pivots in one place, and those that vanish counted.
          st_mat_mumps_icntl_13: '1',
          st_mat_mumps_icntl_24: '1',
        },
        key: (value) => value,
        hint,
      };
    }
  }
}

/** The number at a place between the lowest value (0) and the highest (1). */
function placed({ space, bank }: Matrix, relative: number): number {
  const [low, high] = spectrumBounds(space, bank, 1);
  return low + relative * (high - low);
}

/**
 * The k first values by key. A Krylov space holds one copy of each value: so what was found is
 * deflated, and SLEPc begins again with a new random vector, until the first of what is left is no
 * better than the k-th.
 */
function nearest(
  eps: Eps,
  session: Session,
  matrix: Matrix,
  checked: Checked,
  options: EighOptions,
  key: Plan['key'],
): { pairs: readonly Pair[]; complete: boolean; iterations: number } {
  const { target, tol, seed } = checked;
  const k = 'k' in target ? target.k : 0;
  const n = matrix.layout.rows.at(-1)!.end;
  let locked: Pair[] = [];
  let iterations = 0;
  let probe = 1;
  for (let round = 0; ; round++) {
    const left = n - locked.length;
    if (left === 0) return { pairs: locked, complete: true, iterations };
    const wanted = Math.min(left, locked.length < k ? k - locked.length : probe);
    const limit = locked.length < k ? Infinity : key(locked[k - 1]!.value);
    const known = locked.map(({ vector }) => vector);
    const start =
      round === 0 && options.start !== undefined ? given(matrix, options) : random(matrix, seed, round);
    const { pairs, restarts } = eps.solve(wanted, basisFor(session, options, wanted, left), start, known);
    iterations += restarts;
    const margin = tol * (matrix.norm || 1);
    const better = pairs.filter(({ value }) => key(value) < limit - margin);
    locked = [...locked, ...better].sort((a, b) => key(a.value) - key(b.value)).slice(0, k);
    if (locked.length < k && (pairs.length < wanted || matrix.products() >= checked.maxProducts))
      throw notConverged(session, matrix, locked, k, 'raise maxProducts, or tol, or the basis');
    if (locked.length < k) continue;
    if (round === 0 && (k === 1 || !checked.complete))
      return { pairs: locked, complete: k === 1, iterations };
    if (round > 0 && pairs.length === 0)
      throw notConverged(session, matrix, locked, k, 'raise maxProducts, to make sure of all copies');
    if (round > 0 && better.length === 0) return { pairs: locked, complete: true, iterations };
    // As many as came better than what was known, and one that is not.
    probe = round === 0 ? 1 : better.length + 1;
  }
}

/** All values of an interval by a filter, again and again in the complement until nothing is left. */
function inInterval(
  eps: Eps,
  _session: Session,
  matrix: Matrix,
  checked: Checked,
): { pairs: readonly Pair[]; complete: boolean; iterations: number } {
  const { target, seed } = checked;
  if (target.kind !== 'interval') throw new LinalgError('ERR_OPTION', 'no interval');
  const found: Pair[] = [];
  let iterations = 0;
  for (let round = 0; ; round++) {
    const known = found.map(({ vector }) => vector);
    const { pairs, restarts } = eps.solve(0, 0, random(matrix, seed, round), known);
    iterations += restarts;
    const fresh = pairs.filter(({ value }) => value >= target.from && value <= target.to);
    found.push(...fresh);
    if (fresh.length === 0 || !checked.complete)
      return { pairs: found, complete: fresh.length === 0, iterations };
  }
}

/** The basis for a number of values: the user's, else as SLEPc's default, and no larger than what is left. */
function basisFor(session: Session, { basis }: EighOptions, wanted: number, left: number): number {
  if (session.has('eps_ncv') || session.has('eps_mpd')) return 0;
  return Math.min(left, basis ?? defaultBasis(wanted));
}

const defaultBasis = (wanted: number) => Math.max(2 * wanted, wanted + 15);

/** Restarts that make about `maxProducts` products: the first fills the basis, the others half of it. */
function restartsFor({ target, maxProducts }: Checked, { basis }: EighOptions): number {
  const size = basis ?? ('k' in target ? defaultBasis(target.k) : 16);
  return 1 + Math.max(0, Math.ceil((maxProducts - size) / (size / 2)));
}

function random({ space, bank }: Matrix, seed: number, stream: number): Float64Array {
  const at = bank.take();
  space.randomUnit(at, seed, stream, []);
  const vector = space.local(at).slice();
  bank.giveBack(at);
  return vector;
}

function given({ space }: Matrix, { start }: EighOptions): Float64Array {
  // The caller has distributed it.
  if (!(start instanceof DistributedVector) || start.scalar !== space.scalar)
    throw new LinalgError('ERR_SHAPE', 'the start vector is of another kind than the operator');
  return start.local;
}

function notConverged(
  session: Session,
  matrix: Matrix,
  pairs: readonly Pair[],
  k: number,
  advice: string,
): LinalgError {
  const { values, residuals } = refine(
    session,
    matrix,
    ascending(pairs).map(({ vector }) => vector),
  );
  const worst = residuals.reduce((most, residual) => Math.max(most, residual), 0);
  return new LinalgError(
    'ERR_CONVERGENCE',
    `${pairs.length} of ${k} eigenvalues converged in ${matrix.products()} products` +
      (pairs.length > 0 ? `, worst residual ${worst.toExponential(1)}` : '') +
      `: ${advice}`,
    { partial: { values, residuals, products: matrix.products() } },
  );
}

/** Values by Rayleigh and Ritz, vectors orthonormal and turned, residuals: as those of our own solvers. */
function refine(session: Session, matrix: Matrix, vectors: readonly Float64Array[]): RitzPairs {
  const { comm, operation } = session;
  const { space, handle } = matrix;
  const k = vectors.length;
  if (k === 0) return { values: new Float64Array(0), residuals: new Float64Array(0), vectors: [] };
  const memory = new SolverMemory((2 * k + 2) * Space.stride(space.doubles), 8, comm.size);
  try {
    const product = productOf(session, handle, memory, space.doubles);
    const own = new Space(comm, memory, space.ranges, space.scalar, product, {
      operation,
      maxProducts: Infinity,
    });
    const bank = new Bank(own, 2 * k + 2);
    const [at, images] = [vectors.map(() => bank.take()), vectors.map(() => bank.take())];
    at.forEach((address, i) => own.local(address).set(vectors[i]!));
    return rayleighRitz(own, own.apply, at, images, [bank.take(), bank.take()]);
  } finally {
    memory.free();
  }
}

/**
 * Spectrum slicing of a complex operator: a factorization tells inertia of real symmetric matrices
 * alone, so the real one of twice the size is sliced, which has every value twice.
 */
function sliceDoubled(
  session: Session,
  operator: Operator,
  matrix: Matrix,
  checked: Checked,
  options: EighOptions,
): Found {
  const { comm, operation } = session;
  const { layout, space } = matrix;
  const real = new Session(comm, operation, 'real');
  let twice: Matrix | undefined;
  try {
    const rows = doubled(operator.rows(layout.rows[comm.rank]!));
    twice = fromRows(real, { ...layout, ...doubledRanges(layout), scalar: 'real' }, rows, {
      watch: space.watch,
      hermitian: true,
    });
    const { pairs, told } = solve(real, twice, checked, options, true);
    const vectors = halved(
      space,
      pairs.map(({ vector }) => vector),
    );
    const ritz = refine(session, matrix, vectors);
    return { ...ritz, ...told, ranges: layout.rows, products: matrix.products() + twice.products() };
  } finally {
    twice?.free();
    real.close();
  }
}

const doubledRanges = ({ rows, columns }: Matrix['layout']) => {
  const twice = (ranges: typeof rows) => ranges.map(({ start, end }) => ({ start: 2 * start, end: 2 * end }));
  return { rows: twice(rows), columns: twice(columns) };
};
