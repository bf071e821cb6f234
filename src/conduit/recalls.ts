import type { Communicator, Request } from '../comm/index.ts';
import { Abort } from './model.ts';
import { TO_TEAM } from './protocol.ts';

/** After this word a leader recalls nothing more. */
const LAST = -1;

/** From a leader to its team: nobody wants the results of its first samples, this many, any more. */
export function recall(control: Communicator, samples: number): void {
  for (let rank = 1; rank < control.size; rank++) control.isend(samples, rank, TO_TEAM).free();
}

/** From a leader to its team, at the end. */
export function sayLastRecall(control: Communicator): void {
  recall(control, LAST);
}

/** Which samples the leader of a team has recalled, as its other ranks hear it: while a model awaits. */
export class Recalls {
  readonly #control: Communicator;
  #request: Request<number> | undefined;
  /** Samples begun here. */
  #begun = 0;
  /** The first samples, this many, have been recalled. */
  #recalled = 0;
  #over = false;
  #under = new Abort();

  constructor(control: Communicator) {
    this.#control = control;
  }

  /** A sample begins; what it returns tells when it is recalled. */
  begin(): Abort {
    this.#begun++;
    this.#under = new Abort();
    while (this.#request?.test()) this.#take(this.#request.wait());
    this.#apply();
    return this.#under;
  }

  /** Hears recalls from here on: a model awaits. */
  listen(): void {
    if (this.#request !== undefined || this.#over) return;
    const request = this.#control.irecv<number>(0, TO_TEAM);
    this.#request = request;
    void request.then((samples) => {
      if (this.#request === request) this.#take(samples);
    });
  }

  /** Takes in what the leader has said until its last word. */
  end(): void {
    while (!this.#over) {
      this.listen();
      this.#take(this.#request!.wait());
    }
  }

  #take(samples: number): void {
    this.#request = undefined;
    if (samples === LAST) {
      this.#over = true;
      return;
    }
    this.#recalled = Math.max(this.#recalled, samples);
    this.#apply();
    this.listen();
  }

  #apply(): void {
    if (this.#begun <= this.#recalled) this.#under.abort();
  }
}
