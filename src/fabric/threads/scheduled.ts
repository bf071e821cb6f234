import { asError } from '../../internal/index.ts';
import type { Exchange } from '../fabric.ts';
import type { Incoming } from '../message.ts';
import { Schedule, type Steps } from '../schedule.ts';
import type { Engine } from './engine.ts';
import { ANY } from './frame.ts';
import { Contexts, contextOf, type Group } from './group.ts';
import { ThreadOperation } from './operation.ts';

/** A non-blocking collective under way; the engine's progress takes it from step to step. */
export class ScheduledOperation extends ThreadOperation implements Exchange {
  messages: readonly (Incoming | undefined)[] = [];
  readonly #schedule: Schedule;
  readonly #engine: Engine;

  constructor(engine: Engine, group: Group, operation: string, steps: Steps) {
    super('with', contextOf(group.id, Contexts.NONBLOCKING), group, ANY, ANY, operation);
    this.#engine = engine;
    // Not at once: what has just become done may still be in the engine's hands.
    this.#schedule = new Schedule(steps, () => engine.ready.push(this));
  }

  advance(): void {
    try {
      if (!this.#schedule.advance()) return;
    } catch (thrown) {
      this.error = asError(thrown);
    }
    this.#engine.scheduled.delete(this);
    this.finish();
  }
}
