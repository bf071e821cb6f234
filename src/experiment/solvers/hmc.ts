import { ExperimentError } from '../../conduit/index.ts';
import { check } from '../../conduit/check.ts';
import type { Chain, ChainSearch, Point, Sampler, Space, Value } from '../solver.ts';
import { adaptStepSize, stepSize, type StepSize } from './dual-averaging.ts';
import { drift, energy, kick, placeOf, type Place } from './hamiltonian.ts';
import { metricOf, type Metric } from './metric.ts';
import { fromBounds, pointAt, priorScales, refuseWhole } from './unbounded.ts';

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
  /** Rounds of draws of the prior for chains to begin at. */
  tries: number;
  places: Place[];
  /** Ends of the trajectories under way; null: it has left where the posterior is positive. */
  ends: (Place | null)[];
  momenta: number[][];
  /** Energies at the beginnings. */
  energies: number[];
  /** Leapfrog steps left. */
  left: number;
  metric: Metric;
  size: StepSize;
  history: number[][];
  samples: Point[];
  sampleValues: number[];
  accepted: number;
}

/** Draws of the prior in which each chain must find a value and a gradient. */
const TRIES = 100;
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
    begin(space, state) {
      refuseWhole(of, space);
      return new Hmc(space, complete, state as State | undefined);
    },
  };
}

class Hmc implements ChainSearch {
  readonly #space: Space;
  readonly #options: Required<HmcOptions>;
  readonly #state: State;
  readonly #scales: readonly number[];
  /** Coordinates of what was last asked for: they follow from the state. */
  #asked: number[][] = [];

  constructor(space: Space, options: Required<HmcOptions>, state?: State) {
    this.#space = space;
    this.#options = options;
    this.#scales = priorScales(space);
    this.#state = state ?? {
      generation: 0,
      batches: 0,
      trajectories: 0,
      tries: 0,
      places: [],
      ends: [],
      momenta: [],
      energies: [],
      left: 0,
      metric: { kind: 'diagonal', root: this.#scales },
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
    const { places, ends, momenta, metric, tries } = this.#state;
    const { chains } = this.#options;
    if (places.length < chains) {
      const random = this.#space.random(2 ** 40 + tries);
      this.#asked = Array.from({ length: chains - places.length }, () =>
        this.#space.variables.map((variable) => fromBounds(variable.prior!.sample(random), variable)),
      );
    } else {
      const step = this.#step();
      this.#asked = ends.flatMap((end, i) =>
        end === null ? [] : [drift(end, kick(momenta[i]!, end, step / 2, metric), step, metric)],
      );
    }
    return this.#asked.map((z) => pointAt(this.#space, z));
  }

  tell(points: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    state.batches++;
    const told = points.map((point, k) => placeOf('hmc', this.#space, this.#asked[k]!, point, values[k]!));
    if (state.places.length < this.#options.chains) {
      state.places.push(...told.filter((place) => place !== null));
      if (state.places.length === this.#options.chains) this.#begin();
      else if (++state.tries >= TRIES)
        throw new ExperimentError(
          'ERR_MODEL',
          `hmc: the likelihood is zero, or its gradient no number, at ${TRIES} samples of the prior where a chain could begin`,
        );
      return;
    }
    const step = this.#step();
    const { metric } = state;
    let k = 0;
    state.ends = state.ends.map((end, i) => {
      if (end === null) return null;
      const place = told[k++] ?? null;
      if (place !== null) {
        const half = kick(state.momenta[i]!, end, step / 2, metric);
        state.momenta[i] = kick(half, place, step / 2, metric);
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
    state.momenta = state.places.map(({ z }) => z.map(() => random.normal()));
    state.energies = state.places.map((place, i) => energy(place, state.momenta[i]!));
    state.ends = [...state.places];
    state.left = 1 + random.integer(2 * this.#options.steps - 1);
  }

  #finish(): void {
    const state = this.#state;
    const { burnIn } = this.#options;
    const random = this.#space.random(2 * state.batches);
    let mean = 0;
    state.ends.forEach((end, i) => {
      const log = end === null ? -Infinity : state.energies[i]! - energy(end, state.momenta[i]!);
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
    state.history.push(...state.places.map(({ z }) => z));
    if (t !== burnIn >> 2 && t !== burnIn >> 1) return;
    state.metric = metricOf('diagonal', state.history.slice(state.history.length >> 1), this.#scales);
    state.history = [];
  }
}
