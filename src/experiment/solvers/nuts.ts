import { ExperimentError, type Random } from '../../conduit/index.ts';
import { check } from '../../conduit/check.ts';
import type { Chain, ChainSearch, Point, Sampler, Space, Value, Warning } from '../solver.ts';
import { adaptStepSize, stepSize, type StepSize } from './dual-averaging.ts';
import { bfmiOf, noEnergies, noteEnergy, type Energies } from './energies.ts';
import { placeOf, type Place } from './hamiltonian.ts';
import { metricOf, type Metric } from './metric.ts';
import { bud, grow, plant, type Tree } from './nuts-tree.ts';
import { fromBounds, pointAt, priorScales, refuseWhole } from './unbounded.ts';
import { windowsOf, type WarmUp } from './warm-up.ts';

export interface NutsOptions {
  /** Samples of each chain that are kept. Default 1000. */
  readonly samples?: number;
  /** Chains that run side by side: so many evaluations at once. Default 4. */
  readonly chains?: number;
  /** Trajectories of each chain before samples are kept; meanwhile step size and metric adapt. Default 1000. */
  readonly burnIn?: number;
  /** A trajectory doubles at most so often: 2 to this power evaluations. Default 10. */
  readonly maxDepth?: number;
  /** Share of a trajectory's points that Metropolis would accept; the step size follows. Default 0.8. */
  readonly acceptance?: number;
  /** What is learnt of the posterior's shape: a scale for each variable (default), or all covariances, for strong correlations. */
  readonly metric?: 'diagonal' | 'dense';
}

/** A chain and its trajectory under way. Strict JSON. */
interface Walk {
  place: Place;
  tree: Tree;
  trajectories: number;
  size: StepSize;
  /** Samples kept. */
  kept: number;
  /** Sums over all trajectories. */
  acceptance: number;
  leaves: number;
  /** After the warm-up. */
  divergences: number;
  depthHits: number;
  /** After the warm-up: what BFMI is made of. */
  energies: Energies;
}

interface State {
  generation: number;
  batches: number;
  /** Rounds of draws of the prior for chains to begin at. */
  tries: number;
  walks: (Walk | null)[];
  metric: Metric;
  /** Of the window: what the next metric is estimated from. */
  history: number[][];
  /** Windows that are over. */
  windows: number;
}

/** A sample that is kept. */
interface Draw {
  readonly chain: number;
  readonly point: Point;
  readonly value: number;
}

type Settings = Required<NutsOptions>;

/** Trajectories of a generation. */
const TRAJECTORIES = 50;
const FIRST_STEP = 0.1;
/** Draws of the prior in which each chain must find a value and a gradient. */
const TRIES = 100;

/**
 * The no-U-turn sampler, for models that return a gradient, { value, gradient }: Hamiltonian Monte Carlo whose trajectories end when they
 * turn back. M. D. Hoffman and A. Gelman, J. Machine Learning Research 15 (2014) 1593; samples of a trajectory by their weight and not by a
 * slice: M. Betancourt, "A conceptual introduction to Hamiltonian Monte Carlo", arXiv:1701.02434 (2017), appendix A.2. Bounds of priors
 * are taken away by a change of coordinates. Step sizes adapt chain by chain, the metric for all chains together: they wait for each other
 * at the end of a window of the warm-up, and never after it.
 */
export function nuts(options: NutsOptions = {}): Sampler {
  const of = 'nuts';
  check.names(of, options, ['samples', 'chains', 'burnIn', 'maxDepth', 'acceptance', 'metric']);
  const { samples = 1000, chains = 4, burnIn = 1000, maxDepth = 10, acceptance = 0.8 } = options;
  check.wholeNumber(of, 'samples', samples, 1);
  check.wholeNumber(of, 'chains', chains, 1);
  check.wholeNumber(of, 'burnIn', burnIn, 0);
  check.wholeNumber(of, 'maxDepth', maxDepth, 1);
  check.share(of, 'acceptance', acceptance);
  const metric = check.oneOf(of, 'metric', options.metric ?? 'diagonal', ['diagonal', 'dense']);
  const complete = { samples, chains, burnIn, maxDepth, acceptance, metric };
  return {
    for: 'sample',
    name: of,
    options: complete,
    begin(space, state, trail) {
      refuseWhole(of, space);
      // Of a search like this one, checked by its fingerprint.
      return new Nuts(space, complete, state as State | undefined, trail as readonly Draw[] | undefined);
    },
  };
}

class Nuts implements ChainSearch {
  readonly #space: Space;
  readonly #settings: Settings;
  readonly #warmUp: WarmUp;
  readonly #scales: readonly number[];
  readonly #state: State;
  readonly #trail: Draw[];
  /** Coordinates of what was last asked for: they follow from the state. */
  #asked: number[][] = [];

  constructor(space: Space, settings: Settings, state?: State, trail: readonly Draw[] = []) {
    this.#space = space;
    this.#settings = settings;
    this.#trail = [...trail];
    this.#warmUp = windowsOf(settings.burnIn);
    this.#scales = priorScales(space);
    this.#state = state ?? {
      generation: 0,
      batches: 0,
      tries: 0,
      walks: Array.from({ length: settings.chains }, () => null),
      metric: { kind: 'diagonal', root: this.#scales },
      history: [],
      windows: 0,
    };
  }

  get state(): State {
    return this.#state;
  }

  get trail(): readonly Draw[] {
    return this.#trail;
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    const { walks, metric, tries } = this.#state;
    const missing = walks.filter((walk) => walk === null);
    if (missing.length > 0) {
      const random = this.#space.random(2 ** 40 + tries);
      this.#asked = missing.map(() =>
        this.#space.variables.map((variable) => fromBounds(variable.prior!.sample(random), variable)),
      );
    } else {
      this.#asked = this.#going().map(([, { tree }]) => bud(tree, metric));
    }
    return this.#asked.map((z) => pointAt(this.#space, z));
  }

  tell(points: readonly Point[], values: readonly Value[]): void {
    const state = this.#state;
    const { maxDepth, chains } = this.#settings;
    const places = points.map((point, k) => placeOf('nuts', this.#space, this.#asked[k]!, point, values[k]!));
    // A stream for each chain of each batch: what one draws does not depend on the others.
    const random = (i: number) => this.#space.random(1 + state.batches * chains + i);
    if (state.walks.includes(null)) {
      this.#begin(places, random);
    } else {
      this.#going().forEach(([i, walk], k) => {
        const draws = random(i);
        if (grow(walk.tree, places[k]!, state.metric, maxDepth, draws)) this.#finish(i, walk, draws);
      });
      this.#closeWindow(random);
    }
    state.batches++;
    const done = this.#trajectories();
    state.generation =
      this.stopped() === undefined ? Math.floor(done / TRAJECTORIES) : Math.ceil(done / TRAJECTORIES);
  }

  stopped(): string | undefined {
    const { samples } = this.#settings;
    return this.#state.walks.every((walk) => walk !== null && walk.kept >= samples) ? 'samples' : undefined;
  }

  figures(): Record<string, number> {
    const walks = this.#walks();
    const sum = (of: (walk: Walk) => number) => walks.reduce((total, walk) => total + of(walk), 0);
    return {
      trajectories: this.#trajectories(),
      acceptance: sum(({ acceptance }) => acceptance) / sum(({ leaves }) => leaves),
      length: sum(({ leaves }) => leaves) / sum(({ trajectories }) => trajectories),
      divergences: sum(({ divergences }) => divergences),
      depthHits: sum(({ depthHits }) => depthHits),
      bfmi: Math.min(...walks.map(({ energies }) => bfmiOf(energies))),
      step: sum((walk) => this.#step(walk)) / walks.length,
    };
  }

  chain(): Chain {
    const walks = this.#walks();
    const draws = walks.map((_, i) => this.#trail.filter(({ chain }) => chain === i));
    const depthHits = walks.reduce((sum, walk) => sum + walk.depthHits, 0);
    const warnings: Warning[] = depthHits > 0 ? ['depth'] : [];
    return {
      points: draws.flatMap((each) => each.map(({ point }) => point)),
      values: draws.flatMap((each) => each.map(({ value }) => value)),
      lengths: draws.map(({ length }) => length),
      divergences: walks.reduce((sum, { divergences }) => sum + divergences, 0),
      depthHits,
      bfmi: walks.map(({ energies }) => bfmiOf(energies)),
      converged: this.stopped() !== undefined,
      warnings,
    };
  }

  /** All that have begun. */
  #walks(): Walk[] {
    return this.#state.walks.filter((walk) => walk !== null);
  }

  /** Of the chain that has done the fewest. */
  #trajectories(): number {
    const walks = this.#walks();
    return walks.length === 0 ? 0 : Math.min(...walks.map(({ trajectories }) => trajectories));
  }

  /** Chains that have not all their samples yet, and do not wait for the end of a window. */
  #going(): [index: number, walk: Walk][] {
    const end = this.#warmUp.ends[this.#state.windows] ?? Infinity;
    return this.#state.walks.flatMap((walk, i): [number, Walk][] =>
      walk !== null && walk.kept < this.#settings.samples && walk.trajectories < end ? [[i, walk]] : [],
    );
  }

  /** A chain begins at a draw of the prior that has a value and a gradient. */
  #begin(places: readonly (Place | null)[], random: (i: number) => Random): void {
    const { walks } = this.#state;
    const missing = walks.flatMap((walk, i) => (walk === null ? [i] : []));
    missing.forEach((i, k) => {
      const place = places[k];
      if (!place) return;
      walks[i] = {
        place,
        tree: plant(place, FIRST_STEP, random(i)),
        trajectories: 0,
        size: stepSize(FIRST_STEP),
        kept: 0,
        acceptance: 0,
        leaves: 0,
        divergences: 0,
        depthHits: 0,
        energies: noEnergies(),
      };
    });
    if (++this.#state.tries < TRIES || !walks.includes(null)) return;
    throw new ExperimentError(
      'ERR_MODEL',
      `nuts: the likelihood is zero, or its gradient no number, at ${TRIES} samples of the prior where a chain could begin`,
    );
  }

  #step({ trajectories, size }: Walk): number {
    return Math.exp(trajectories < this.#settings.burnIn ? size.log : size.meanLog);
  }

  /** The trajectory is complete: its sample is the chain's next place. */
  #finish(i: number, walk: Walk, random: Random): void {
    const { burnIn, acceptance } = this.#settings;
    const { tree } = walk;
    const { point, value, z } = (walk.place = tree.sample);
    walk.trajectories++;
    walk.acceptance += tree.acceptance;
    walk.leaves += tree.leaves;
    if (walk.trajectories > burnIn) {
      walk.kept++;
      this.#trail.push({ chain: i, point, value });
      if (tree.diverged) walk.divergences++;
      if (tree.cut) walk.depthHits++;
      noteEnergy(walk.energies, tree.energy);
    } else {
      adaptStepSize(walk.size, acceptance, tree.acceptance / tree.leaves);
      if (walk.trajectories > this.#warmUp.from) this.#state.history.push(z);
    }
    walk.tree = plant(walk.place, this.#step(walk), random);
  }

  /** When all chains have come to its end: a metric of what they have seen, and a step size that would suit a normal posterior. */
  #closeWindow(random: (i: number) => Random): void {
    const state = this.#state;
    const end = this.#warmUp.ends[state.windows];
    if (end === undefined || this.#trajectories() < end) return;
    state.metric = metricOf(this.#settings.metric, state.history, this.#scales);
    state.history = [];
    state.windows++;
    this.#walks().forEach((walk, i) => {
      // Too long a step is found out by short trajectories, too short a one by long ones.
      walk.size = stepSize(this.#scales.length ** -0.25);
      walk.tree = plant(walk.place, this.#step(walk), random(i));
    });
  }
}
