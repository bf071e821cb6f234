import type { Communicator, Request } from '../comm/index.ts';
import { describe, type Failure } from './error.ts';
import { Abort, now, sampleOf, type Team, type Work } from './model.ts';
import { TO_ENGINE, TO_LEADER, type Assigned, type Order, type Report, type Share } from './protocol.ts';

/** Models that never wait would keep timers of this rank from running: let them, every so often. */
const TURN_MS = 50;
/** Shorter samples are told and reported together. */
const TOGETHER_MS = 0.2;
const TOGETHER = 8;

/** The rank of a team that talks to the engine. It listens while a model awaits, and between models. */
export class Leader {
  readonly #comm: Communicator;
  readonly #engine: number;
  readonly #works: readonly Work[];
  readonly #team: Team;
  readonly #control: Communicator;
  #queue: Assigned[] = [];
  /** What the team has been told of, and will evaluate in any case. */
  #begun: Assigned[] = [];
  /** The last sample was. */
  #short = false;
  #request: Request<Order>;
  #under: { readonly ticket: number; readonly abort: Abort } | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(comm: Communicator, engine: number, works: readonly Work[], team: Team, control: Communicator) {
    this.#comm = comm;
    this.#engine = engine;
    this.#works = works;
    this.#team = team;
    this.#control = control;
    this.#request = this.#listen();
  }

  /** Evaluates until the engine ends. */
  async lead(): Promise<void> {
    let turned = performance.now();
    for (;;) {
      this.#drain();
      const next = this.#next();
      if (next !== undefined) {
        const report = await this.#evaluate(next);
        this.#drain();
        if (!this.#finished()) this.#report(report);
        if (performance.now() - turned > TURN_MS) {
          await new Promise<void>((resolve) => setImmediate(resolve));
          turned = performance.now();
        }
      } else if (this.#ended) {
        break;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
    if (this.#control.size > 1) this.#control.bcast<Share>(null, 0);
    this.#comm.send(null, this.#engine, TO_ENGINE);
  }

  #finished(): boolean {
    return this.#ended;
  }

  /**
   * The next sample. The others of a team are told of several at once while they are short: a broadcast for each would take longer
   * than they do. These count as begun.
   */
  #next(): Assigned | undefined {
    const begun = this.#begun.shift();
    if (begun !== undefined) return begun;
    const alone = this.#control.size === 1;
    const next = this.#queue.splice(0, this.#short && !alone ? TOGETHER : 1);
    const tasks = next.map(({ task }) => task);
    if (next.length > 0 && !alone) this.#control.bcast<Share>(tasks, 0);
    this.#begun = next.slice(1);
    return next[0];
  }

  #listen(): Request<Order> {
    const request = this.#comm.irecv<Order>(this.#engine, TO_LEADER);
    void request.then((order) => {
      if (this.#request === request) this.#take(order);
    });
    return request;
  }

  /** What has come meanwhile, without waiting. */
  #drain(): void {
    while (!this.#ended && this.#request.test()) this.#take(this.#request.wait());
  }

  #take(order: Order): void {
    switch (order.do) {
      case 'evaluate':
        this.#queue.push(...order.tasks);
        break;
      case 'return':
        this.#giveBack(order.ticket);
        break;
      case 'cancel':
        if (this.#under?.ticket === order.ticket) this.#under.abort.abort();
        else this.#giveBack(order.ticket);
        break;
      case 'end':
        this.#ended = true;
        this.#queue = [];
        this.#under?.abort.abort();
    }
    if (!this.#ended) this.#request = this.#listen();
    this.#wake?.();
  }

  /** Only what has not begun; of the rest the engine gets a result. */
  #giveBack(ticket: number): void {
    const at = this.#queue.findIndex((waiting) => waiting.ticket === ticket);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#report({ ticket, returned: true, began: 0, ended: 0 });
  }

  async #evaluate({ task, ticket }: Assigned): Promise<Report> {
    const abort = new Abort();
    this.#under = { ticket, abort };
    const work = this.#works[task.work]!;
    const began = now();
    try {
      const value = await work.model(sampleOf(task, work, abort), this.#team);
      const error = this.#othersFailed(work, null);
      return error ? { ticket, error, began, ended: now() } : { ticket, value, began, ended: now() };
    } catch (thrown) {
      const error = describe(thrown);
      this.#othersFailed(work, error);
      return { ticket, error, began, ended: now() };
    } finally {
      this.#under = undefined;
      this.#short = now() - began < TOGETHER_MS;
    }
  }

  /** Where the engine goes on after failures, the ranks of a team stay in step: the leader learns what the others' models threw. */
  #othersFailed(work: Work, own: Failure | null): Failure | undefined {
    if (!work.tolerant || this.#control.size === 1) return undefined;
    return this.#control.gather(own, 0)!.find((failure) => failure !== null) ?? undefined;
  }

  /** A result that cannot travel is an error of its sample. */
  #report(report: Report): void {
    try {
      this.#comm.isend(report, this.#engine, TO_ENGINE).free();
    } catch (error) {
      const { ticket, began, ended } = report;
      this.#comm.isend({ ticket, error: describe(error), began, ended }, this.#engine, TO_ENGINE).free();
    }
  }
}

/**
 * A rank of a team that does not lead it. What its model throws is thrown here, and ends the job; where the engine goes on after
 * failures, all ranks of the team must throw for the same samples, since one that stayed in a collective of the model would wait for ever.
 */
export async function follow(works: readonly Work[], team: Team, control: Communicator): Promise<void> {
  const never = new Abort();
  for (;;) {
    const tasks = control.bcast<Share>(undefined, 0);
    if (tasks === null) return;
    for (const task of tasks) {
      const work = works[task.work]!;
      let failure: Failure | null = null;
      try {
        await work.model(sampleOf(task, work, never), team);
      } catch (error) {
        if (!work.tolerant) throw error;
        failure = describe(error);
      }
      if (work.tolerant) control.gather(failure, 0);
    }
  }
}
