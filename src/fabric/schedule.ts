import type { Operation, Steps } from './fabric.ts';

export type { Steps } from './fabric.ts';

/** Goes through steps as their operations become done. */
export class Schedule {
  readonly #steps: Steps;
  readonly #ready: () => void;
  #waiting: readonly Operation[] = [];

  /** `ready` is called when `advance` may go on, from wherever the last operation of a step becomes done. */
  constructor(steps: Steps, ready: () => void) {
    this.#steps = steps;
    this.#ready = ready;
  }

  /** What the current step waits for; some of it may be done. */
  get waiting(): readonly Operation[] {
    return this.#waiting;
  }

  /** Goes as far as it can: true at the end. Throws what an operation or a step has failed with, and that is the end too. */
  advance(): boolean {
    for (;;) {
      for (const { error } of this.#waiting) if (error !== undefined) throw error;
      const { done, value } = this.#steps.next();
      this.#waiting = done ? [] : value;
      if (done) return true;
      const open = value.filter((operation) => !operation.done);
      if (open.length === 0) continue;
      let left = open.length;
      for (const operation of open) {
        const before = operation.onDone;
        operation.onDone = () => {
          before?.();
          if (--left === 0) this.#ready();
        };
      }
      return false;
    }
  }
}
