import { ExperimentError, type Random } from '../../conduit/index.ts';
import { check } from '../../conduit/check.ts';
import { hypervolume } from '../hypervolume.ts';
import type { FrontMember, FrontOptimizer, FrontSearch, ManySpace, Point, Value } from '../solver.ts';
import { onGrids } from '../variables.ts';
import { finiteBounds } from './bounds.ts';
import { design, DESIGNS, type Design } from './designs.ts';
import { crowding, sortIntoFronts, thinOut, type Ranked } from './domination.ts';
import { crossover, mutate } from './recombination.ts';

export interface Nsga2Options {
  /** Members of the population, all evaluated at once; the front has at most as many. Default 100. */
  readonly population?: number;
  /** How the first population is spread over the bounds. Default 'latin'. */
  readonly spread?: Design;
  /** Probability that two parents are mixed. Default 0.9. */
  readonly crossover?: number;
  /** How close children lie to their parents: the larger the closer. Default 15. */
  readonly crossoverIndex?: number;
  /** Probability that a variable mutates. Default 1/n. */
  readonly mutation?: number;
  /** How small mutations are: the larger the smaller. Default 20. */
  readonly mutationIndex?: number;
  /** Stop when 30 generations have enlarged the front's hypervolume, within its own range, by no more than this share; 0: never. Default 0.001. */
  readonly minImprovement?: number;
}

/** Generations between two looks at the improvement. */
const PATIENCE = 30;
/** Generations in which a point of finite objectives must be found, and one that is allowed: looking for that costs no evaluations. */
const FINITE_WITHIN = 20;
const ALLOWED_WITHIN = 1000;
/** Pairs of parents tried for each child before a space is given up as exhausted. */
const TRIES = 50;
/** Where the front's hypervolume is measured from, in units of its range. */
const BEYOND = 1.1;

interface Member extends FrontMember, Ranked {}

/** Strict JSON. */
interface State {
  generation: number;
  /** Samples told: the number of the next. */
  told: number;
  population: Member[];
  /** Objectives of the front when the improvement was last looked at. */
  before: (readonly number[])[];
  settled: boolean;
}

interface Rates {
  readonly spread: Design;
  readonly crossover: number;
  readonly crossoverIndex: number;
  readonly mutation: number | undefined;
  readonly mutationIndex: number;
  readonly minImprovement: number;
}

/**
 * NSGA-II: each generation's children compete with their parents, by the front that they lie on and then by how lonely they are
 * there. K. Deb, A. Pratap, S. Agarwal and T. Meyarivan, IEEE Trans. Evol. Comput. 6 (2002) 182. Of a front that has to be cut the most
 * crowded go one by one (Kukkonen and Deb 2006). No point is evaluated twice as long as it is in the population. For two or three objectives:
 * among many more, nearly all points are undominated.
 *
 * @throws ExperimentError ERR_OPTION; while running ERR_MODEL, when the objectives are infinite wherever it looks.
 */
export function nsga2(options: Nsga2Options = {}): FrontOptimizer {
  const of = 'nsga2';
  const named = ['crossover', 'crossoverIndex', 'mutation', 'mutationIndex', 'minImprovement'] as const;
  check.names(of, options, ['population', 'spread', ...named]);
  const population = check.wholeNumber(of, 'population', options.population ?? 100, 4);
  const spread = check.oneOf(of, 'spread', options.spread ?? 'latin', DESIGNS);
  const { crossoverIndex = 15, mutationIndex = 20, minImprovement = 0.001, mutation } = options;
  const rates = {
    spread,
    crossover: options.crossover ?? 0.9,
    crossoverIndex,
    mutationIndex,
    minImprovement,
  };
  for (const name of named) {
    const value = options[name];
    if (value !== undefined) check.positiveNumber(of, name, value, -1e-300);
  }
  if (!(rates.crossover <= 1 && (mutation ?? 0) <= 1))
    throw new ExperimentError('ERR_OPTION', `${of}: crossover and mutation are probabilities, at most 1`);
  return {
    for: 'pareto',
    name: of,
    options: { population, ...rates, mutation: mutation ?? '1/n' },
    begin(space, state) {
      finiteBounds(of, space.variables);
      // Of a search like this one, checked by its fingerprint.
      return new Nsga2(space, population, { ...rates, mutation }, state as State | undefined);
    },
  };
}

class Nsga2 implements FrontSearch {
  readonly #space: ManySpace;
  readonly #size: number;
  readonly #rates: Rates;
  #state: State;

  constructor(space: ManySpace, size: number, rates: Rates, state?: State) {
    this.#space = space;
    this.#size = size;
    this.#rates = rates;
    this.#state = state ?? { generation: 0, told: 0, population: [], before: [], settled: false };
  }

  get state(): State {
    return this.#state;
  }

  get generation(): number {
    return this.#state.generation;
  }

  ask(): readonly Point[] {
    const { generation, population } = this.#state;
    const { variables } = this.#space;
    const random = this.#space.random(generation);
    if (population.length > 0) return this.#breed(random);
    const places = design(this.#rates.spread, this.#size, variables.length, random).map((u) =>
      onGrids(
        variables,
        variables.map(({ lower, upper }, j) => lower + u[j]! * (upper - lower)),
      ),
    );
    return [...new Map(places.map((point) => [point.join(), point])).values()];
  }

  tell(points: readonly Point[], values: readonly Value[]): void {
    const { generation, told, population, before } = this.#state;
    const { constraints } = this.#space;
    const born = points.map((point, i): Member => {
      const violation = constraints.reduce((sum, each) => sum + Math.max(0, each(point)), 0);
      return {
        id: told + i,
        point,
        objectives: this.#space.objectives(values[i]!),
        // What is no number is not allowed.
        violation: Number.isNaN(violation) ? Infinity : violation,
      };
    });
    this.#state = {
      generation: generation + 1,
      told: told + points.length,
      population: select([...population, ...born], this.#size),
      before,
      settled: false,
    };
    this.#refuse();
    if (this.#state.generation % PATIENCE > 0) return;
    const now = this.front().map(({ objectives }) => objectives);
    this.#state.settled = gain(before, now) <= this.#rates.minImprovement;
    this.#state.before = now;
  }

  stopped(): string | undefined {
    return this.#state.settled && this.#rates.minImprovement > 0 ? 'minImprovement' : undefined;
  }

  figures(): Record<string, number> {
    const { reference } = this.#space;
    const front = this.front();
    const objectives = front.map((member) => member.objectives);
    return { front: front.length, ...(reference && { hypervolume: hypervolume(objectives, reference) }) };
  }

  front(): readonly Member[] {
    const { population } = this.#state;
    return (sortIntoFronts(population)[0] ?? [])
      .map((i) => population[i]!)
      .filter(({ violation }) => violation === 0);
  }

  #refuse(): void {
    const { generation, population } = this.#state;
    const allowed = population.filter(({ violation }) => violation === 0);
    if (allowed.length === 0 && generation >= ALLOWED_WITHIN)
      throw new ExperimentError('ERR_OPTION', 'nsga2: no point within the bounds satisfies the constraints');
    const hopeless = allowed.every(({ objectives }) => objectives.includes(Infinity));
    if (allowed.length > 0 && hopeless && generation >= FINITE_WITHIN)
      throw new ExperimentError(
        'ERR_MODEL',
        `nsga2: an objective is infinitely bad at every sample of ${generation} generations`,
      );
  }

  /** Children that are not in the population yet; fewer, where hardly any are left to be found. */
  #breed(random: Random): Point[] {
    const { population } = this.#state;
    const { variables } = this.#space;
    const { crossoverIndex, mutationIndex, mutation = 1 / variables.length } = this.#rates;
    const standing = standings(population);
    const parent = () => population[tournament(standing, random)]!.point;
    const known = new Set(population.map(({ point }) => point.join()));
    const children: Point[] = [];
    for (let tries = 0; children.length < this.#size && tries < TRIES * this.#size; tries++) {
      const parents = [parent(), parent()] as const;
      const mixes = random.uniform() < this.#rates.crossover;
      for (const each of mixes ? crossover(parents, variables, crossoverIndex, random) : parents) {
        const child = onGrids(variables, mutate(each, variables, mutation, mutationIndex, random));
        const key = child.join();
        if (known.has(key) || children.length === this.#size) continue;
        known.add(key);
        children.push(child);
      }
    }
    return children;
  }
}

/** Front by front, as many as there is room for; of the last one those that stand apart. */
function select(members: readonly Member[], size: number): Member[] {
  const chosen: Member[] = [];
  for (const front of sortIntoFronts(members)) {
    const some = front.map((i) => members[i]!);
    const room = size - chosen.length;
    chosen.push(...(some.length <= room ? some : thinOut(some, room).map((k) => some[k]!)));
    if (chosen.length === size) break;
  }
  return chosen;
}

interface Standing {
  readonly front: number;
  readonly distance: number;
}

function standings(members: readonly Member[]): Standing[] {
  const standing: Standing[] = [];
  sortIntoFronts(members).forEach((places, front) => {
    const distances = crowding(places.map((i) => members[i]!));
    places.forEach((i, k) => (standing[i] = { front, distance: distances[k]! }));
  });
  return standing;
}

/** The better of two at random. */
function tournament(standing: readonly Standing[], random: Random): number {
  const [i, k] = [random.integer(standing.length), random.integer(standing.length)];
  const [a, b] = [standing[i]!, standing[k]!];
  if (a.front !== b.front) return a.front < b.front ? i : k;
  return a.distance >= b.distance ? i : k;
}

/** By what share the hypervolume has grown, in units of the range of both fronts. */
function gain(before: readonly (readonly number[])[], now: readonly (readonly number[])[]): number {
  const all = [...before, ...now].filter((objectives) => objectives.every(Number.isFinite));
  if (before.length === 0 || all.length === 0) return Infinity;
  const ranges = all[0]!.map((_, j) => {
    const column = all.map((objectives) => objectives[j]!);
    const least = column.reduce((a, b) => Math.min(a, b));
    return { least, range: column.reduce((a, b) => Math.max(a, b)) - least || 1 };
  });
  const measure = (front: readonly (readonly number[])[]) =>
    hypervolume(
      front.map((objectives) => objectives.map((x, j) => (x - ranges[j]!.least) / ranges[j]!.range)),
      ranges.map(() => BEYOND),
    );
  const [then, since] = [measure(before), measure(now)];
  // Infinite ones of both: there is nothing to be gained.
  return then === since ? 0 : since / then - 1;
}
