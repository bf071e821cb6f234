import { check } from '../../conduit/check.ts';
import type { Random } from '../../conduit/index.ts';
import type { Chain, ChainSearch, Point, Sampler, Space, Value } from '../solver.ts';
import { adaptStepSize, spread, stepSize, type StepSize } from './dual-averaging.ts';
import { beginAt, placeOf, type Place } from './hamiltonian.ts';
import { bud, grow, plant, type Tree } from './nuts-tree.ts';
import { drawPriors, priorScale } from './priors.ts';

export interface NutsOptions {
  /** Samples of each chain that are kept. Default 1000. */
  readonly samples?: number;
  /** Chains that run side by side: so many evaluations at once. Default 4. */
  readonly chains?: number;
  /** Trajectories of each chain before samples are kept; meanwhile step size and scales of the variables adapt. Default 500. */
  readonly burnIn?: number;
  /** A trajectory doubles at most so often: 2 to this power evaluations. Default 10. */
  readonly maxDepth?: number;
  /** Share of a trajectory's points that Metropolis would accept; the step size follows. Default 0.8. */
  readonly acceptance?: number;
}

/** A chain and its trajectory under way. */
interface Walk {
  place: Place;
  tree: Tree;
  trajectories: number;
  scales: number[];
  size: StepSize;
  /** Of the burn-in, from which the scales are taken. */
  history: Point[];
  samples: Point[];
  sampleValues: number[];
  /** Sums over all trajectories. */
  acceptance: number;
  leaves: number;
  divergences: number;
}

/** Strict JSON. */
interface State {
  generation: number;
  batches: number;
  walks: Walk[];
}

/** Trajectories of a generation. */
const TRAJECTORIES = 50;
const FIRST_STEP = 0.1;

/**
 * The no-U-turn sampler, for models that return a gradient, { value, gradient }: Hamiltonian Monte Carlo whose trajectories end when they
 * turn back. M. D. Hoffman and A. Gelman, J. Machine Learning Research 15 (2014) 1593; samples of a trajectory by their weight and not by a
 * slice: M. Betancourt, "A conceptual introduction to Hamiltonian Monte Carlo", arXiv:1701.02434 (2017), appendix A.2. Chains adapt on
 * their own and wait for none: trajectories are of different length.
 */
export function nuts(options: NutsOptions = {}): Sampler {
  const of = 'nuts';
  check.names(of, options, ['samples', 'chains', 'burnIn', 'maxDepth', 'acceptance']);
  const { samples = 1000, chains = 4, burnIn = 500, maxDepth = 10, acceptance = 0.8 } = options;
  check.wholeNumber(of, 'samples', samples, 1);
  check.wholeNumber(of, 'chains', chains, 1);
  check.wholeNumber(of, 'burnIn', burnIn, 0);
  check.wholeNumber(of, 'maxDepth', maxDepth, 1);
  check.share(of, 'acceptance', acceptance);
  const complete = { samples, chains, burnIn, maxDepth, acceptance };
  return {
    for: 'sample',
    name: of,
    options: complete,
    begin: (space, state) => new Nuts(space, complete, state as State | undefined),
  };
}

class Nuts implements ChainSearch {
  readonly #space: Space;
  readonly #options: Required<NutsOptions>;
  readonly #state: State;

  constructor(space: Space, options: Required<NutsOptions>, state?: State) {
    this.#space = space;
    this.#options = options;
    this.#state = state ?? { generation: 0, batches: 0, walks: [] };
  }

  get state(): State {
    return this.#state;
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    if (this.#state.walks.length > 0) return this.#walking().map(({ tree, scales }) => bud(tree, scales));
    const random = this.#space.random(0);
    return drawPriors(this.#space, this.#options.chains, random);
  }

  tell(points: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    const { maxDepth, chains } = this.#options;
    const places = points.map((point, k) => placeOf('nuts', this.#space, point, values[k]!));
    // A stream for each chain of each batch: what one draws does not depend on the others.
    const random = (i: number) => this.#space.random(1 + state.batches * chains + i);
    if (state.walks.length === 0) {
      state.walks = places.map((place, i) => this.#begin(beginAt('nuts', place), random(i)));
    } else {
      this.#walking().forEach((walk, k) => {
        const draws = random(state.walks.indexOf(walk));
        if (grow(this.#space, walk.tree, places[k]!, walk.scales, maxDepth, draws)) this.#finish(walk, draws);
      });
    }
    state.batches++;
    const done = this.#trajectories();
    state.generation =
      this.stopped() === undefined ? Math.floor(done / TRAJECTORIES) : Math.ceil(done / TRAJECTORIES);
  }

  stopped(): string | undefined {
    return this.#state.walks.length > 0 && this.#walking().length === 0 ? 'samples' : undefined;
  }

  figures(): Record<string, number> {
    const { walks } = this.#state;
    const sum = (of: (walk: Walk) => number) => walks.reduce((total, walk) => total + of(walk), 0);
    return {
      trajectories: this.#trajectories(),
      acceptance: sum(({ acceptance }) => acceptance) / sum(({ leaves }) => leaves),
      length: sum(({ leaves }) => leaves) / sum(({ trajectories }) => trajectories),
      divergences: sum(({ divergences }) => divergences),
      step: sum((walk) => this.#step(walk)) / walks.length,
    };
  }

  chain(): Chain {
    const { walks } = this.#state;
    return {
      points: walks.flatMap(({ samples }) => samples),
      values: walks.flatMap(({ sampleValues }) => sampleValues),
      lengths: walks.map(({ samples }) => samples.length),
      divergences: walks.reduce((sum, { divergences }) => sum + divergences, 0),
      converged: this.stopped() !== undefined,
    };
  }

  /** Of the chain that has done the fewest. */
  #trajectories(): number {
    return Math.min(...this.#state.walks.map(({ trajectories }) => trajectories));
  }

  /** Chains that have not all their samples yet. */
  #walking(): Walk[] {
    return this.#state.walks.filter(({ samples }) => samples.length < this.#options.samples);
  }

  #begin(place: Place, random: Random): Walk {
    return {
      place,
      tree: plant(this.#space, place, FIRST_STEP, random),
      trajectories: 0,
      scales: this.#space.variables.map(({ prior }) => priorScale(prior!)),
      size: stepSize(FIRST_STEP),
      history: [],
      samples: [],
      sampleValues: [],
      acceptance: 0,
      leaves: 0,
      divergences: 0,
    };
  }

  #step({ trajectories, size }: Walk): number {
    return Math.exp(trajectories < this.#options.burnIn ? size.log : size.meanLog);
  }

  /** The trajectory is complete: its sample is the chain's next place. */
  #finish(walk: Walk, random: Random): void {
    const { tree } = walk;
    walk.place = tree.sample;
    walk.trajectories++;
    walk.acceptance += tree.acceptance;
    walk.leaves += tree.leaves;
    if (tree.diverged && walk.trajectories > this.#options.burnIn) walk.divergences++;
    if (walk.trajectories > this.#options.burnIn) {
      walk.samples.push(walk.place.point);
      walk.sampleValues.push(walk.place.value);
    } else {
      this.#adapt(walk);
    }
    walk.tree = plant(this.#space, walk.place, this.#step(walk), random);
  }

  /** The scales of the variables twice, a quarter and half way; a step that suited the old ones is found anew. */
  #adapt(walk: Walk): void {
    const { burnIn, acceptance } = this.#options;
    const { tree, trajectories } = walk;
    adaptStepSize(walk.size, acceptance, tree.acceptance / tree.leaves);
    walk.history.push(walk.place.point);
    if (trajectories !== burnIn >> 2 && trajectories !== burnIn >> 1) return;
    walk.scales = spread(walk.history, walk.scales);
    walk.history = [];
    walk.size = stepSize(Math.exp(walk.size.meanLog));
  }
}
