import { check } from '../../conduit/check.ts';
import type { Chain, ChainSearch, Point, Sampler, Space, Value } from '../solver.ts';
import { adaptStepSize, spread, stepSize, type StepSize } from './dual-averaging.ts';
import { beginAt, drift, energy, kick, placeOf, type Place } from './hamiltonian.ts';
import { drawPriors, priorScale } from './priors.ts';

export interface HmcOptions {
  /** Samples of each chain that are kept. Default 1000. */
  readonly samples?: number;
  /** Chains that run side by side: so many evaluations at once. Default 4. */
  readonly chains?: number;
  /** Trajectories of each chain before samples are kept; meanwhile step size and scales of the variables adapt. Default 500. */
  readonly burnIn?: number;
  /** Leapfrog steps of a trajectory, on average: each is drawn from 1 to twice that. Each is an evaluation. Default 10. */
  readonly steps?: number;
  /** Share of trajectories to be accepted; the step size follows. Default 0.8. */
  readonly acceptance?: number;
}

/** Strict JSON. */
interface State {
  generation: number;
  batches: number;
  trajectories: number;
  places: Place[];
  /** Ends of the trajectories under way; null: it has left where the posterior is positive. */
  ends: (Place | null)[];
  momenta: number[][];
  /** Energies at the beginnings. */
  energies: number[];
  /** Leapfrog steps left. */
  left: number;
  scales: number[];
  size: StepSize;
  history: Point[];
  samples: Point[];
  sampleValues: number[];
  accepted: number;
}

/** Trajectories of a generation. */
const TRAJECTORIES = 50;
const FIRST_STEP = 0.1;

/**
 * Hamiltonian Monte Carlo for models that return a gradient, { value, gradient }. S. Duane et al., Phys. Lett. B 195 (1987) 216; R. M.
 * Neal, "MCMC using Hamiltonian dynamics" (2011); the step size by dual averaging as in M. D. Hoffman and A. Gelman, J. Machine
 * Learning Research 15 (2014) 1593, §3.2. Trajectories are of random length, so that none returns to its beginning for ever.
 */
export function hmc(options: HmcOptions = {}): Sampler {
  const of = 'hmc';
  check.names(of, options, ['samples', 'chains', 'burnIn', 'steps', 'acceptance']);
  const { samples = 1000, chains = 4, burnIn = 500, steps = 10, acceptance = 0.8 } = options;
  check.wholeNumber(of, 'samples', samples, 1);
  check.wholeNumber(of, 'chains', chains, 1);
  check.wholeNumber(of, 'burnIn', burnIn, 0);
  check.wholeNumber(of, 'steps', steps, 1);
  check.share(of, 'acceptance', acceptance);
  const complete = { samples, chains, burnIn, steps, acceptance };
  return {
    for: 'sample',
    name: of,
    options: complete,
    begin: (space, state) => new Hmc(space, complete, state as State | undefined),
  };
}

class Hmc implements ChainSearch {
  readonly #space: Space;
  readonly #options: Required<HmcOptions>;
  readonly #state: State;

  constructor(space: Space, options: Required<HmcOptions>, state?: State) {
    this.#space = space;
    this.#options = options;
    this.#state = state ?? {
      generation: 0,
      batches: 0,
      trajectories: 0,
      places: [],
      ends: [],
      momenta: [],
      energies: [],
      left: 0,
      scales: space.variables.map(({ prior }) => priorScale(prior!)),
      size: stepSize(FIRST_STEP),
      history: [],
      samples: [],
      sampleValues: [],
      accepted: 0,
    };
  }

  get state(): State {
    return structuredClone(this.#state);
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    const { places, ends, momenta, scales } = this.#state;
    if (places.length === 0) {
      const random = this.#space.random(0);
      return drawPriors(this.#space, this.#options.chains, random);
    }
    const step = this.#step();
    return ends.flatMap((end, i) => {
      if (end === null) return [];
      return [drift(end, kick(momenta[i]!, end, step / 2, scales), step, scales)];
    });
  }

  tell(points: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    state.batches++;
    if (state.places.length === 0) {
      state.places = points.map((point, i) => beginAt('hmc', placeOf('hmc', this.#space, point, values[i]!)));
      this.#begin();
      return;
    }
    const step = this.#step();
    const { scales } = state;
    let k = 0;
    state.ends = state.ends.map((end, i) => {
      if (end === null) return null;
      const place = placeOf('hmc', this.#space, points[k]!, values[k++]!);
      if (place !== null) {
        const half = kick(state.momenta[i]!, end, step / 2, scales);
        state.momenta[i] = kick(half, place, step / 2, scales);
      }
      return place;
    });
    if (--state.left === 0 || state.ends.every((end) => end === null)) this.#finish();
  }

  stopped(): string | undefined {
    const { samples, chains } = this.#options;
    return this.#state.samples.length >= samples * chains ? 'samples' : undefined;
  }

  figures(): Record<string, number> {
    const { trajectories, accepted, places } = this.#state;
    return { trajectories, acceptance: accepted / (trajectories * places.length), step: this.#step() };
  }

  chain(): Chain {
    const { samples, sampleValues } = this.#state;
    const { chains } = this.#options;
    const each = Array.from({ length: chains }, (_, c) => c);
    return {
      points: each.flatMap((c) => samples.filter((_, i) => i % chains === c)),
      values: each.flatMap((c) => sampleValues.filter((_, i) => i % chains === c)),
      lengths: each.map(() => samples.length / chains),
      converged: this.stopped() !== undefined,
    };
  }

  #step(): number {
    const { trajectories, size } = this.#state;
    return Math.exp(trajectories < this.#options.burnIn ? size.log : size.meanLog);
  }

  #begin(): void {
    const state = this.#state;
    const random = this.#space.random(2 * state.batches + 1);
    state.momenta = state.places.map(({ point }) => point.map(() => random.normal()));
    state.energies = state.places.map((place, i) => energy(this.#space, place, state.momenta[i]!));
    state.ends = [...state.places];
    state.left = 1 + random.integer(2 * this.#options.steps - 1);
  }

  #finish(): void {
    const state = this.#state;
    const { burnIn } = this.#options;
    const random = this.#space.random(2 * state.batches);
    let mean = 0;
    state.ends.forEach((end, i) => {
      const log = end === null ? -Infinity : state.energies[i]! - energy(this.#space, end, state.momenta[i]!);
      const probability = Math.min(1, Math.exp(log)) || 0;
      mean += probability / state.ends.length;
      if (!(random.uniform() < probability)) return;
      state.places[i] = end!;
      state.accepted++;
    });
    state.trajectories++;
    if (state.trajectories > burnIn) {
      state.samples.push(...state.places.map(({ point }) => point));
      state.sampleValues.push(...state.places.map(({ value }) => value));
    } else {
      this.#adapt(mean);
    }
    if (state.trajectories % TRAJECTORIES === 0 || this.stopped() !== undefined) state.generation++;
    this.#begin();
  }

  /** The step size after each trajectory; the scales of the variables a quarter and half way. */
  #adapt(acceptance: number): void {
    const state = this.#state;
    const { burnIn } = this.#options;
    const t = state.trajectories;
    adaptStepSize(state.size, this.#options.acceptance, acceptance);
    state.history.push(...state.places.map(({ point }) => point));
    if (t !== burnIn >> 2 && t !== burnIn >> 1) return;
    state.scales = spread(state.history, state.scales);
    state.history = [];
  }
}
