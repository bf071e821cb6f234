import { self, world } from '../world.ts';
import type { Communicator } from '../comm/index.ts';
import { packError, unpackError, type ThrownError } from '../internal/index.ts';
import { check } from './check.ts';
import {
  Abort,
  now,
  sampleOf,
  type Conduit,
  type Outcome,
  type Pool,
  type Task,
  type Team,
  type Work,
} from './model.ts';
import { TurnQueue } from './queue.ts';

export interface LocalOptions {
  /** Whose run it is: rank 0 evaluates, the others get the result. Default: the world. `self()`: each rank for itself. */
  readonly comm?: Communicator;
}

/** Evaluates one sample after the other in this process. */
export function sequential(options: LocalOptions = {}): Conduit {
  check.names('sequential', options, ['comm']);
  return local(options.comm, 1, { conduit: 'sequential' });
}

export interface ConcurrentOptions extends LocalOptions {
  /** How many samples are under way at once. */
  readonly jobs: number;
}

/**
 * Evaluates several samples at once in this process. That helps models that wait: for a program (`external`), a worker thread
 * (`threaded`), the network. Each of the `jobs` counts as a team of one rank.
 */
export function concurrent(options: ConcurrentOptions): Conduit {
  check.names('concurrent', options, ['jobs', 'comm']);
  const jobs = check.wholeNumber('concurrent', 'jobs', options.jobs, 1);
  return local(options.comm, jobs, { conduit: 'concurrent', jobs });
}

function local(comm: Communicator | undefined, jobs: number, description: Record<string, unknown>): Conduit {
  return {
    description,
    open: (works, engine) =>
      onRoot(comm ?? world(), async () => {
        const pool = new LocalPool(works, jobs);
        try {
          return await engine(pool);
        } finally {
          pool.end();
        }
      }),
  };
}

/** Runs a function on rank 0; every rank returns its result or throws its error. */
async function onRoot<R>(comm: Communicator, run: () => Promise<R>): Promise<R> {
  if (comm.size === 1) return run();
  let outcome: { value: R } | { failure: ThrownError } | undefined;
  if (comm.rank === 0) {
    outcome = await run().then(
      (value) => ({ value }),
      (error: unknown) => ({ failure: packError(error) }),
    );
  }
  const known = comm.bcast(outcome, 0);
  if ('failure' in known) throw unpackError(known.failure);
  return known.value;
}

/** Models that never wait would keep timers of this process from running: let them, every so often. */
const TURN_MS = 20;

class LocalPool implements Pool {
  readonly teams: number;
  readonly #works: readonly Work[];
  readonly #queue: TurnQueue<{ task: Task; resolve: (outcome: Outcome) => void }>;
  readonly #free: number[];
  readonly #abort = new Abort();
  #turned = performance.now();

  constructor(works: readonly Work[], jobs: number) {
    this.teams = jobs;
    this.#works = works;
    this.#queue = new TurnQueue(works.length);
    this.#free = Array.from({ length: jobs }, (_, i) => jobs - 1 - i);
  }

  get busy(): number {
    return this.teams - this.#free.length;
  }

  /** Tells the models still under way that nobody wants their results. */
  end(): void {
    this.#abort.abort();
  }

  submit(task: Task): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#queue.push(task.work, { task, resolve });
      const index = this.#free.pop();
      if (index !== undefined) void this.#work(index);
    });
  }

  async #work(index: number): Promise<void> {
    const team: Team = { comm: self(), index };
    // Whoever submits several at once is to have them all in the queue before turns are taken.
    await Promise.resolve();
    for (;;) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      next.resolve(await this.#evaluate(next.task, team));
      if (performance.now() - this.#turned < TURN_MS) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.#turned = performance.now();
    }
    this.#free.push(index);
  }

  async #evaluate(task: Task, team: Team): Promise<Outcome> {
    const began = now();
    const work = this.#works[task.work]!;
    try {
      const value = await work.model(sampleOf(task, work, this.#abort), team);
      return { value, team: team.index, began, ended: now() };
    } catch (error) {
      return { error: packError(error), team: team.index, began, ended: now() };
    }
  }
}
