import type { Point, Search, Space, Value } from '../solver.ts';
import { smallest } from './logarithms.ts';

/** Where a run begins, and how wide, in units of the variables' first steps. */
export interface Outset {
  readonly point: readonly number[];
  readonly sigma: number;
}

type Begin<S> = (space: Space, population: number, from?: S | Outset) => Search & { readonly state: S };

/** A run that has ended, as recorded. Strict JSON. */
export interface Run {
  readonly kind: Kind;
  readonly population: number;
  readonly evaluations: number;
  readonly loss: number;
  readonly stopped: string;
}

type Kind = 'first' | 'large' | 'small';

/** Strict JSON. */
export interface RestartState {
  generation: number;
  /** Of the run under way. */
  search: unknown;
  kind: Kind;
  population: number;
  evaluations: number;
  loss: number;
  /** Small runs end here. */
  allowed: number;
  ended: string | null;
}

/** Doublings of the population. */
const MOST = 9;
/** Streams of random numbers of a run. */
const STREAMS = 2 ** 32;

/**
 * Runs of CMA-ES, one after the other from elsewhere. IPOP: A. Auger and N. Hansen, "A restart CMA evolution strategy with increasing
 * population size", CEC 2005. BIPOP: N. Hansen, "Benchmarking a BI-population CMA-ES on the BBOB-2009 function testbed", GECCO 2009:
 * between large runs small ones, of random population and width, as long as these have spent less.
 */
export class Restarts<S> implements Search {
  readonly #space: Space;
  readonly #population: number;
  readonly #how: 'ipop' | 'bipop' | number;
  readonly #begin: Begin<S>;
  readonly #state: RestartState;
  readonly #trail: Run[];
  #run: Search & { readonly state: S };

  constructor(
    space: Space,
    population: number,
    how: 'ipop' | 'bipop' | number,
    begin: Begin<S>,
    state?: RestartState,
    trail: readonly Run[] = [],
  ) {
    this.#space = space;
    this.#population = population;
    this.#how = how;
    this.#begin = begin;
    this.#trail = [...trail];
    // The state of a run that this class has begun.
    this.#run = begin(this.#streams(), state?.population ?? population, state?.search as S | undefined);
    this.#state = state ?? {
      generation: 0,
      search: this.#run.state,
      kind: 'first',
      population,
      evaluations: 0,
      loss: Infinity,
      allowed: Infinity,
      ended: null,
    };
  }

  get state(): RestartState {
    return { ...this.#state, search: this.#run.state };
  }

  /** Runs that have ended. */
  get trail(): readonly Run[] {
    return this.#trail;
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    return this.#run.ask();
  }

  tell(points: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    this.#run.tell(points, values);
    state.generation++;
    state.evaluations += values.length;
    state.loss = Math.min(state.loss, smallest(values.map(({ value }) => value)));
    const stopped = this.#run.stopped() ?? this.#spent();
    if (stopped !== undefined) this.#next(stopped);
  }

  stopped(): string | undefined {
    return this.#state.ended ?? undefined;
  }

  figures(): Record<string, number> {
    const { population } = this.#state;
    return { ...this.#run.figures(), run: this.#trail.length + 1, population };
  }

  #spent(): string | undefined {
    const { evaluations, allowed, population } = this.#state;
    const n = this.#space.variables.length;
    // As pycma has it.
    const generations = 100 + (150 * (n + 3) ** 2) / Math.sqrt(population);
    if (evaluations >= allowed) return 'evaluations';
    return evaluations >= generations * population ? 'generations' : undefined;
  }

  #next(stopped: string): void {
    const state = this.#state;
    const { kind, population, evaluations, loss } = state;
    this.#trail.push({ kind, population, evaluations, loss, stopped });
    const spent = (what: Kind) =>
      this.#trail.reduce((sum, run) => (run.kind === what ? sum + run.evaluations : sum), 0);
    const large = this.#trail.filter((run) => run.kind === 'large');
    const most = typeof this.#how === 'number' ? this.#how : MOST;
    const small = this.#how === 'bipop' && large.length > 0 && spent('small') < spent('large');
    if (!small && large.length >= most) {
      state.ended = stopped;
      return;
    }
    const random = this.#space.random(STREAMS * this.#trail.length - 1);
    // Drawn in any case, so that the streams do not depend on the kind.
    const [u, v] = [random.uniform(), random.uniform()];
    const doubled = this.#population * 2 ** (small ? large.length : large.length + 1);
    state.kind = small ? 'small' : 'large';
    state.population = small
      ? Math.floor(this.#population * (doubled / (2 * this.#population)) ** (u * u))
      : doubled;
    state.allowed = small ? large.at(-1)!.evaluations / 2 : Infinity;
    state.evaluations = 0;
    state.loss = Infinity;
    const point = this.#space.variables.map(({ lower, upper, start, step }) =>
      upper - lower < Infinity
        ? lower + random.uniform() * (upper - lower)
        : Math.min(upper, Math.max(lower, start! + 3 * step! * random.normal())),
    );
    const sigma = small ? 10 ** (-2 * v) : 1;
    this.#run = this.#begin(this.#streams(), state.population, { point, sigma });
  }

  /** Of the run under way: none are used twice. */
  #streams(): Space {
    const first = STREAMS * this.#trail.length;
    return { ...this.#space, random: (item) => this.#space.random(first + item) };
  }
}
