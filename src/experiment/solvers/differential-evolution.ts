import { ExperimentError } from '../../conduit/index.ts';
import { check } from '../../conduit/check.ts';
import type { Random } from '../../conduit/index.ts';
import type { Variable } from '../variables.ts';
import type { Optimizer, Point, Search, Space, Value } from '../solver.ts';
import { design, DESIGNS, type Design } from './designs.ts';
import { finiteBounds, reflect } from './bounds.ts';
import { largest, smallest } from './logarithms.ts';
import { settled } from './tolerance.ts';

export interface DifferentialEvolutionOptions {
  /** Members of the population. Default: 10 n, at least 10. */
  readonly population?: number;
  /** How the first population is spread over the bounds. Default 'random'. */
  readonly spread?: Design;
  /** Length of the difference that is added: F in the paper. Default 0.7. */
  readonly weight?: number;
  /** Share of variables that change at once: CR in the paper. Default 0.9. */
  readonly crossover?: number;
  /** Stop when the losses in the population differ by no more than this share of them; 0: never. Default 1e-12. */
  readonly minImprovement?: number;
  /** Stop when the population spans less than this share of each variable's bounds. Default 1e-12. */
  readonly minStep?: number;
}

/** Generations in which a member of finite loss must be found. */
const PATIENCE = 20;

type Rates = Required<Omit<DifferentialEvolutionOptions, 'population'>>;

interface State {
  generation: number;
  population: Point[];
  losses: number[];
}

/**
 * Differential evolution, rand/1/bin: each member is replaced by a mix of itself and a + F (b − c) of three others, if that is better.
 * R. Storn and K. Price, J. Global Optimization 11 (1997) 341.
 */
export function differentialEvolution(options: DifferentialEvolutionOptions = {}): Optimizer {
  const of = 'differentialEvolution';
  check.names(of, options, ['population', 'weight', 'crossover', 'minImprovement', 'minStep', 'spread']);
  const { weight = 0.7, crossover = 0.9, minImprovement = 1e-12, minStep = 1e-12 } = options;
  if (options.population !== undefined) check.wholeNumber(of, 'population', options.population, 4);
  check.positiveNumber(of, 'weight', weight);
  check.positiveNumber(of, 'crossover', crossover, -1e-300);
  if (!(weight < Infinity && crossover <= 1))
    throw new ExperimentError('ERR_OPTION', `${of}: weight must be finite, and crossover at most 1`);
  check.positiveNumber(of, 'minImprovement', minImprovement, -1e-300);
  check.positiveNumber(of, 'minStep', minStep, -1e-300);
  const spread = check.oneOf(of, 'spread', options.spread ?? 'random', DESIGNS);
  const rates = { weight, crossover, minImprovement, minStep, spread };
  return {
    for: 'optimize',
    name: of,
    options: { population: options.population ?? 'max(10, 10 n)', ...rates },
    begin(space, state) {
      finiteBounds(of, space.variables);
      const population = options.population ?? Math.max(10, 10 * space.variables.length);
      return new DifferentialEvolution(space, population, rates, state as State | undefined);
    },
  };
}

class DifferentialEvolution implements Search {
  readonly #space: Space;
  readonly #size: number;
  readonly #rates: Rates;
  #state: State;

  constructor(space: Space, size: number, rates: Rates, state?: State) {
    this.#space = space;
    this.#size = size;
    this.#rates = rates;
    this.#state = state ?? { generation: 0, population: [], losses: [] };
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
    if (population.length === 0)
      return design(this.#rates.spread, this.#size, variables.length, random).map((u) =>
        variables.map(({ lower, upper }, j) => lower + u[j]! * (upper - lower)),
      );
    return population.map((_, i) => this.#mix(i, random));
  }

  tell(points: readonly Point[], values: readonly Value[]): void {
    const { generation, population, losses } = this.#state;
    const better = (i: number) => population.length === 0 || values[i]!.value <= losses[i]!;
    this.#state = {
      generation: generation + 1,
      population: points.map((point, i) => (better(i) ? point : population[i]!)),
      losses: values.map(({ value }, i) => (better(i) ? value : losses[i]!)),
    };
    if (this.#state.generation >= PATIENCE && smallest(this.#state.losses) === Infinity)
      throw new ExperimentError(
        'ERR_MODEL',
        `differentialEvolution: the objective is infinitely bad at every sample of ${PATIENCE} generations`,
      );
  }

  stopped(): string | undefined {
    const { losses } = this.#state;
    if (losses.length === 0) return undefined;
    if (settled(smallest(losses), largest(losses), this.#rates.minImprovement)) return 'minImprovement';
    return this.#space.variables.every((variable, j) => this.#narrow(variable, j)) ? 'minStep' : undefined;
  }

  #narrow({ lower, upper }: Variable, j: number): boolean {
    const column = this.#state.population.map((point) => point[j]!);
    return largest(column) - smallest(column) < this.#rates.minStep * (upper - lower);
  }

  figures(): Record<string, number> {
    const { losses } = this.#state;
    return { loss: smallest(losses), worst: largest(losses) };
  }

  #mix(i: number, random: Random): Point {
    const { population } = this.#state;
    const { weight, crossover } = this.#rates;
    const [a, b, c] = this.#others(i, random);
    const sure = random.integer(this.#space.variables.length);
    return this.#space.variables.map((variable, j) => {
      const changes = random.uniform() < crossover || j === sure;
      const x = population[i]![j]!;
      return changes ? reflect(a[j]! + weight * (b[j]! - c[j]!), variable) : x;
    });
  }

  /** Three members that differ from i and from each other. */
  #others(i: number, random: Random): [Point, Point, Point] {
    const chosen: number[] = [];
    while (chosen.length < 3) {
      const k = random.integer(this.#size);
      if (k !== i && !chosen.includes(k)) chosen.push(k);
    }
    const [a, b, c] = chosen.map((k) => this.#state.population[k]!);
    return [a!, b!, c!];
  }
}
