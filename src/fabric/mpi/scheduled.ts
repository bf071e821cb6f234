import { asError } from '../../internal/index.ts';
import type { Envelope, Exchange, Operation } from '../fabric.ts';
import type { Incoming } from '../message.ts';
import { Schedule, type Steps } from '../schedule.ts';

/** An operation that is not one of MPI's. */
class Composed implements Operation {
  done = false;
  error: Error | undefined;
  readonly incoming: Incoming | undefined;
  onDone: (() => void) | undefined;
  readonly envelope: Envelope = { source: -1, tag: -1, bytes: 0, cancelled: false };

  finish(error?: Error): void {
    this.error = error;
    this.done = true;
    this.onDone?.();
  }
}

/** Something to wait for that several wait for: each has one of its own. */
export class Milestone extends Composed {}

/** What needs no more waiting. */
export function finished(): Operation {
  const operation = new Milestone();
  operation.finish();
  return operation;
}

/** Operations of MPI and what is computed from their results. */
export class MpiScheduled extends Composed implements Exchange {
  messages: readonly (Incoming | undefined)[] = [];
  readonly #schedule: Schedule;

  constructor(steps: Steps) {
    super();
    this.#schedule = new Schedule(steps, () => this.#advance());
    this.#advance();
  }

  get waiting(): readonly Operation[] {
    return this.#schedule.waiting;
  }

  #advance(): void {
    try {
      if (this.#schedule.advance()) this.finish();
    } catch (thrown) {
      this.finish(asError(thrown));
    }
  }
}

/** Done when all of these are. */
export function allOf(operations: readonly Operation[]): MpiScheduled {
  return new MpiScheduled(
    (function* () {
      yield operations;
    })(),
  );
}
