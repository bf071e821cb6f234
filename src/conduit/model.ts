import type { Communicator } from '../comm/index.ts';

import { stream, type Random, type ThrownError } from '../internal/index.ts';

/** The ranks that evaluate a sample together. */
export interface Team {
  /** The team's ranks; a communicator of its own. Rank 0 leads: its result counts. */
  readonly comm: Communicator;
  /** Which of the teams, from 0. */
  readonly index: number;
}

/** What a model evaluates. The same on every rank of a team. */
export interface Sample<T = unknown> {
  /** What to evaluate. */
  readonly value: T;
  /** Unique in its experiment, in the order in which the samples were proposed. */
  readonly id: number;
  readonly generation: number;
  /** Random numbers of this sample: they depend on the seed, the experiment and `id`, never on the team. */
  readonly rng: Random;
  /** Aborted on all ranks of the team when the result is no longer wanted. A model may look at it, and need not. */
  readonly signal: AbortSignal;
}

/** Evaluates a sample. Every rank of the team calls it with the same sample. */
export type Model<T = unknown, R = unknown> = (sample: Sample<T>, team: Team) => R | PromiseLike<R>;

/** A model with what its samples' random numbers are keyed by. All ranks list the same ones in the same order. */
export interface Work {
  readonly name: string;
  readonly seed: number;
  readonly model: Model;
  /** The engine goes on when the model throws. */
  readonly tolerant?: boolean;
}

/** A sample on its way to a team: small, and free of functions. */
export interface Task {
  /** Place of its model in the list of works. */
  readonly work: number;
  readonly id: number;
  readonly generation: number;
  readonly value: unknown;
}

/** What became of a task, and when: milliseconds since 1970. */
export interface Outcome {
  readonly value?: unknown;
  /** What the model threw, instead of a value. */
  readonly error?: ThrownError;
  readonly team: number;
  readonly began: number;
  readonly ended: number;
}

/** The teams, as the engine sees them. */
export interface Pool {
  /** Number of teams. */
  readonly teams: number;
  /** Teams at work. */
  readonly busy: number;
  /** Evaluates a sample on the next team that is free; experiments take turns. Rejects only when the conduit itself fails. */
  submit(task: Task): Promise<Outcome>;
}

/**
 * Who evaluates the samples. `open` is collective over the conduit's ranks: `engine` runs on one of them, the others evaluate; all
 * return its result, or throw its error.
 */
export interface Conduit {
  /** What it is and with which options, for the record of a run. */
  readonly description: Readonly<Record<string, unknown>>;
  open<R>(works: readonly Work[], engine: (pool: Pool) => Promise<R>): Promise<R>;
}

const { timeOrigin } = performance;
export const now = (): number => timeOrigin + performance.now();

/** The sample of a task, for the model. Random numbers and signal are made when they are asked for: most models never do. */
export function sampleOf({ value, id, generation }: Task, { seed, name }: Work, abort: Abort): Sample {
  let rng: Random | undefined;
  return {
    value,
    id,
    generation,
    get rng() {
      return (rng ??= stream(seed, `${name}/sample`, id));
    },
    get signal() {
      return abort.signal;
    },
  };
}

/** An AbortController that is made when it is looked at. */
export class Abort {
  #controller: AbortController | undefined;
  #aborted = false;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}
