import type { Communicator } from '../comm/index.ts';
import { mustAgree } from './agree.ts';
import { distribute, type LocalVector } from './argument.ts';
import { chooseBackend } from './backend.ts';
import { LinalgError } from './error.ts';
import { mustBeHermitian } from './hermitian.ts';
import { spectrumBounds } from './krylov/bounds.ts';
import { chebyshev, evolutionTerms, type ChebyshevRoom } from './krylov/chebyshev.ts';
import { openSession, type Session } from './krylov/session.ts';
import type { Operator } from './operator.ts';
import type { Backend } from './options.ts';
import type { Scalar } from './scalar.ts';
import { DistributedVector } from './vector.ts';

/** What an evolution takes besides operator, state and times. */
export interface EvolutionOptions {
  /** The time at which the state is given. Default 0. */
  readonly from?: number | undefined;
  readonly backend?: 'auto' | Backend | undefined;
  /** Of the random vector from which the bounds of the spectrum are found. Default 1. */
  readonly seed?: number | undefined;
  /** Ends the evolution at the next product, on all ranks. Not with an executor. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of products after each of them, on every rank. Not with an executor. */
  readonly onProgress?: ((products: number) => void) | undefined;
}

/** A state and its time. */
export interface Moment<V> {
  readonly t: number;
  readonly state: V;
}

/** Vectors of a session: the state, room of the recurrence, two sums; the checks take fewer. */
const VECTORS = 6;
/** A norm that differs by more tells that the spectrum goes beyond its bounds. */
const NORM_ERROR = 1e-11;
const WIDENINGS = 4;

/** Collective over comm: the states at some times, one after the other. */
export function* evolution(
  comm: Communicator,
  operator: Operator,
  given: LocalVector,
  times: Iterable<number>,
  options: EvolutionOptions,
): Generator<Moment<DistributedVector>, void, void> {
  const operation = 'evolve';
  const { from = 0, seed, backend, signal } = options;
  const [rows, columns] = operator.shape;
  mustAgree(comm, operation, [operator.describe(), from, seed, backend, signal !== undefined, given.length]);
  if (rows !== columns)
    throw new LinalgError('ERR_SHAPE', `evolve needs a square operator, not ${operator.shape.join(' × ')}`);
  chooseBackend(comm, operation, 'evolution', operator, { backend });
  let state = distribute(comm, operation, operator, given);
  let t = from;
  const chain = new Propagator(comm, operator, options);
  try {
    for (const time of times) {
      mustAgree(comm, operation, time);
      if (!Number.isFinite(time)) throw new LinalgError('ERR_OPTION', `${time} is no time`);
      state = chain.hop(state, time - t);
      t = time;
      // The caller may change what it gets.
      yield { t, state: state.clone() };
    }
  } finally {
    chain.free();
  }
}

/** exp(−i t H) on vectors, with what it needs of the operator made ready once for each kind of them. */
class Propagator {
  readonly #comm: Communicator;
  readonly #operator: Operator;
  readonly #options: EvolutionOptions;
  readonly #sessions = new Map<Scalar, Session & { readonly at: readonly number[] }>();
  #bounds: readonly [number, number] | undefined;

  constructor(comm: Communicator, operator: Operator, options: EvolutionOptions) {
    this.#comm = comm;
    this.#operator = operator;
    this.#options = options;
  }

  /** The state t later. A real state under a real operator takes real products. */
  hop(state: DistributedVector, t: number): DistributedVector<'complex'> {
    if (t === 0) return state.toComplex();
    const scalar = state.scalar === 'real' && this.#operator.scalar === 'real' ? 'real' : 'complex';
    const { space, at } = this.#session(scalar);
    const start = scalar === 'real' ? state : state.toComplex();
    const [x, re, im, ...room] = at as [number, number, number, number, number, number];
    space.local(x).set(start.local);
    const before = space.norm(x);
    for (let turn = 0; ; turn++) {
      const phase = this.#sum(space, t, x, [re, im], room);
      const norm = Math.hypot(space.norm(re), scalar === 'real' ? space.norm(im) : 0);
      if (Math.abs(norm - before) <= NORM_ERROR * before) {
        const out = new DistributedVector(this.#comm, 'complex', state.ranges);
        if (scalar === 'complex') out.local.set(space.local(re));
        else interleave(out.local, space.local(re), space.local(im));
        return out.scale(phase);
      }
      if (turn === WIDENINGS)
        throw new LinalgError('ERR_CONVERGENCE', `evolve: the norm goes from ${before} to ${norm}`);
      const [low, high] = this.#bounds!;
      const more = 0.1 * (high - low);
      this.#bounds = [low - more, high + more];
    }
  }

  free(): void {
    for (const session of this.#sessions.values()) session.free();
    this.#sessions.clear();
  }

  /** Σ terms (−i)ᵏ Tₖ x: real vectors get real and imaginary part apart. */
  #sum(
    space: Session['space'],
    t: number,
    x: number,
    [re, im]: readonly [number, number],
    room: ChebyshevRoom,
  ): { readonly re: number; readonly im: number } {
    const { phase, terms } = evolutionTerms(this.#bounds!, t);
    const { kernels } = space.memory;
    space.local(re).fill(0);
    space.local(im).fill(0);
    chebyshev(space, this.#bounds!, terms.length - 1, x, room, (j, vector) => {
      space.pause();
      // (−i)ʲ is 1, −i, −1, i.
      const factor = (j & 2) === 0 ? terms[j]! : -terms[j]!;
      if (space.width === 1)
        kernels.axpy(j % 2 === 0 ? re : im, j % 2 === 0 ? factor : -factor, vector, space.doubles);
      else if (j % 2 === 0) kernels.axpy(re, factor, vector, space.doubles);
      else kernels.axpyComplex(re, 0, -factor, vector, space.doubles / 2);
    });
    return phase;
  }

  #session(scalar: Scalar): Session & { readonly at: readonly number[] } {
    const known = this.#sessions.get(scalar);
    if (known) return known;
    const { seed = 1, signal, onProgress } = this.#options;
    const session = openSession({
      comm: this.#comm,
      operator: this.#operator,
      scalar,
      vectors: VECTORS,
      watch: { operation: 'evolve', signal, onProgress },
    });
    const { space, bank } = session;
    try {
      if (this.#bounds === undefined) {
        mustBeHermitian(this.#operator, space, bank);
        this.#bounds = spectrumBounds(space, bank, seed);
      }
    } catch (error) {
      session.free();
      throw error;
    }
    const at = Array.from({ length: VECTORS }, () => bank.take());
    const ready = { ...session, at };
    this.#sessions.set(scalar, ready);
    return ready;
  }
}

function interleave(out: Float64Array, re: Float64Array, im: Float64Array): void {
  for (let i = 0; i < re.length; i++) {
    out[2 * i] = re[i]!;
    out[2 * i + 1] = im[i]!;
  }
}
