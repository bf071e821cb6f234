import { ExperimentError, type Outcome, type Pool } from '../conduit/index.ts';
import { show, unpackError } from '../internal/index.ts';
import type { Best, Course, Ending, Experiment, Standing, Until } from './experiment.ts';
import type { Folder } from './folder.ts';
import type { Point, Value } from './solver.ts';
import { toParameters } from './variables.ts';

/** What those who watch a run are told. */
export interface Figures {
  readonly name: string;
  readonly generation: number;
  readonly evaluations: number;
  readonly best: number | undefined;
  /** Share of the limits used up, 0 to 1; undefined without limits. */
  readonly share: number | undefined;
}

/** One experiment on its way: asks its solver, has the samples evaluated, tells it, keeps the record. */
export class Drive<R> {
  readonly #experiment: Experiment<R>;
  readonly #index: number;
  readonly #pool: Pool;
  readonly #folder: Folder | undefined;
  readonly #until: Until;
  readonly #course: Course<R>;
  #nextId: number;
  #evaluations: number;
  #rejected: number;
  #best: Best | null;
  #stopping = false;
  /** Entries of the trail that the folder has. */
  #recorded: number;
  readonly #deadline: number;

  /** Goes on where the experiment stands. */
  constructor(experiment: Experiment<R>, index: number, pool: Pool, until: Until, folder?: Folder) {
    this.#experiment = experiment;
    this.#index = index;
    this.#pool = pool;
    this.#until = { ...experiment.plan.until, ...until };
    this.#folder = folder;
    this.#deadline = performance.now() + 1000 * (this.#until.seconds ?? Infinity);
    const { standing } = experiment;
    this.#course = experiment.plan.begin(standing && structuredClone(standing.state), standing?.trail);
    this.#recorded = standing?.trail?.length ?? 0;
    this.#nextId = standing?.nextId ?? 0;
    this.#evaluations = standing?.evaluations ?? 0;
    this.#rejected = standing?.rejected ?? 0;
    this.#best = standing?.best ?? null;
  }

  /** Ends the run after the generation under way. */
  stop(): void {
    this.#stopping = true;
  }

  figures(): Figures {
    const { generations = Infinity, evaluations = Infinity } = this.#until;
    const share = Math.max(this.#course.search.generation / generations, this.#evaluations / evaluations);
    return {
      name: this.#experiment.name,
      generation: this.#course.search.generation,
      evaluations: this.#evaluations,
      best: this.#best ? this.#experiment.plan.sign * this.#best.value : undefined,
      share: share > 0 ? share : undefined,
    };
  }

  async run(): Promise<R> {
    try {
      return await this.#advance();
    } finally {
      // Between two batches the search is whole, whatever has happened since: who goes on goes on from there.
      this.#stand();
    }
  }

  async #advance(): Promise<R> {
    const { search } = this.#course;
    for (;;) {
      const reason = this.#reason();
      if (reason !== undefined) return this.#finish(reason);
      const points = search.ask();
      if (points.length === 0) return this.#finish('done');
      const values = await this.#evaluate(points, search.generation);
      // A limit has cut the batch: what is known of it stays for whoever goes on.
      if (values === undefined) return this.#finish('evaluations');
      const before = search.generation;
      search.tell(points, values);
      this.#nextId += points.length;
      if (search.generation !== before) this.#record();
    }
  }

  #reason(): string | undefined {
    const { search } = this.#course;
    const { generations = Infinity, evaluations = Infinity, target } = this.#until;
    const { sign } = this.#experiment.plan;
    const own = search.stopped();
    if (own !== undefined) return own;
    if (target !== undefined && this.#best && this.#best.value <= sign * target) return 'target';
    if (search.generation >= generations) return 'generations';
    if (this.#evaluations >= evaluations) return 'evaluations';
    if (performance.now() >= this.#deadline) return 'seconds';
    return this.#stopping ? 'signal' : undefined;
  }

  /** Values of a batch in its order; undefined when the limit on evaluations allows only part of it. */
  async #evaluate(points: readonly Point[], generation: number): Promise<Value[] | undefined> {
    const { plan, known } = this.#experiment;
    let left = (this.#until.evaluations ?? Infinity) - this.#evaluations;
    let cut = points.length;
    const waits: Promise<Value>[] = [];
    for (const [i, point] of points.entries()) {
      const id = this.#nextId + i;
      const value = plan.known(point) ?? known.get(id);
      if (value === undefined && left-- <= 0) {
        cut = i;
        break;
      }
      waits.push(value ? Promise.resolve(value) : this.#sample(id, generation, point));
    }
    const values = await Promise.all(waits);
    // In the order of the samples, whoever was first: the best of equals must not depend on the teams.
    values.forEach(({ value }, i) => this.#compare({ id: this.#nextId + i, point: points[i]!, value }));
    if (cut < points.length) return undefined;
    for (let i = 0; i < points.length; i++) known.delete(this.#nextId + i);
    return values;
  }

  #compare(candidate: Best): void {
    const { lowerIsBetter } = this.#experiment.plan;
    if (lowerIsBetter === undefined) return;
    const worst = lowerIsBetter ? Infinity : -Infinity;
    if (candidate.value === worst) return;
    const best = this.#best?.value ?? worst;
    if (lowerIsBetter ? candidate.value < best : candidate.value > best) this.#best = candidate;
  }

  /** Has a sample evaluated, as often as the experiment allows. */
  async #sample(id: number, generation: number, point: Point): Promise<Value> {
    const { plan, known, recorded } = this.#experiment;
    const before = recorded.get(id);
    if (before !== undefined) {
      recorded.delete(id);
      this.#evaluations++;
      if (before.rejected) this.#rejected++;
      known.set(id, before.value);
      return before.value;
    }
    const retries = typeof plan.onError === 'object' ? plan.onError.retries : 0;
    for (let tries = 0; ; tries++) {
      const outcome = await this.#pool.submit({ work: this.#index, id, generation, value: point });
      const value = this.#judge(outcome);
      if (value instanceof ExperimentError) {
        if (tries < retries) continue;
        if (plan.onError !== 'reject') throw this.#named(value, id, point);
        this.#rejected++;
      }
      const counted = value instanceof ExperimentError ? plan.rejected : value;
      this.#evaluations++;
      known.set(id, counted);
      this.#folder?.sample({
        id,
        generation,
        parameters: toParameters(plan.variables, point),
        value: plan.sign * counted.value,
        ...(counted.gradient && { gradient: counted.gradient }),
        ...('output' in counted && { output: counted.output }),
        ...(value instanceof ExperimentError && { rejected: value.message }),
        team: outcome.team,
        began: outcome.began,
        ended: outcome.ended,
      });
      return counted;
    }
  }

  /** The value, or why there is none. */
  #judge({ value, error }: Outcome): Value | ExperimentError {
    if (error !== undefined) {
      const cause = unpackError(error);
      const failure = new ExperimentError('ERR_MODEL', `${error.name}: ${error.message}`, { cause });
      if (error.stack !== undefined) failure.stack = error.stack;
      return failure;
    }
    try {
      return this.#experiment.plan.value(value);
    } catch (thrown) {
      if (thrown instanceof ExperimentError) return thrown;
      throw thrown;
    }
  }

  #named(error: ExperimentError, id: number, point: Point): ExperimentError {
    const parameters = show(toParameters(this.#experiment.plan.variables, point));
    const message = `'${this.#experiment.name}', sample ${id} at ${parameters}: ${error.message}`;
    const named = new ExperimentError('ERR_MODEL', message, { cause: error.cause });
    named.stack = `${named.name}: ${message}\n${frames(error.stack)}`;
    return named;
  }

  #record(): void {
    if (this.#folder === undefined) return;
    const { search } = this.#course;
    const { generation, trail = [] } = search;
    this.#folder.generation({
      generation,
      evaluations: this.#evaluations,
      best: this.#best && this.#experiment.plan.sign * this.#best.value,
      ...search.figures(),
    });
    this.#folder.trail(trail.slice(this.#recorded));
    this.#recorded = trail.length;
    this.#folder.checkpoint({ generation, length: trail.length, ...this.#standing() });
  }

  /** Its state is the search's own, that changes with it. */
  #standing(): Omit<Standing, 'trail'> {
    return {
      nextId: this.#nextId,
      evaluations: this.#evaluations,
      rejected: this.#rejected,
      best: this.#best,
      state: this.#course.search.state,
    };
  }

  #stand(): void {
    const { trail } = this.#course.search;
    const standing = this.#standing();
    const state = structuredClone(standing.state);
    this.#experiment.standing = { ...standing, state, ...(trail && { trail: [...trail] }) };
  }

  #finish(stopped: string): R {
    const { search } = this.#course;
    const ending: Ending = {
      stopped,
      evaluations: this.#evaluations,
      generations: search.generation,
      rejected: this.#rejected,
    };
    const result = this.#course.result(ending, this.#best);
    this.#folder?.result(result);
    for (const warning of this.#experiment.plan.warnings?.(result) ?? [])
      process.stderr.write(`${this.#experiment.name}: ${warning}\n`);
    return result;
  }
}

const frames = (stack = '') =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
