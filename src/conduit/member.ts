import type { Communicator, Request } from '../comm/index.ts';
import { packError, type ThrownError } from '../internal/index.ts';
import { Abort, now, sampleOf, type Team, type Work } from './model.ts';
import { TO_ENGINE, TO_LEADER, type Assigned, type Order, type Report, type Share } from './protocol.ts';
import { recall, Recalls, sayLastRecall } from './recalls.ts';

/** Models that never wait would keep timers of this rank from running: let them, every so often. */
const TURN_MS = 50;
/** Shorter samples are told together. */
const TOGETHER_MS = 0.2;
/** So many are told or reported together, at most. */
const TOGETHER = 32;
/** No report waits longer for others, unless a sample that should have been short is not. */
const REPORT_MS = 0.2;

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
  /** Not sent yet. */
  #reports: Report[] = [];
  #reported = 0;
  /** Reports may wait for others: the engine has said that samples are short. */
  #many = false;
  #request: Request<Order>;
  #under: { readonly ticket: number; readonly abort: Abort } | undefined;
  /** Samples that this rank has begun. */
  #count = 0;
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
      // What reports wait for is short: orders can as well.
      if (this.#reports.length === 0) this.#drain();
      const next = this.#next();
      if (next !== undefined) {
        const evaluated = this.#evaluate(next);
        const report = evaluated instanceof Promise ? await evaluated : evaluated;
        this.#reports.push(report);
        const time = performance.now();
        if (!this.#many || this.#reports.length >= TOGETHER || time - this.#reported > REPORT_MS) {
          this.#drain();
          this.#flush(time);
        }
        if (time - turned > TURN_MS) {
          await new Promise<void>((resolve) => setImmediate(resolve));
          turned = performance.now();
        }
      } else if (this.#reports.length > 0) {
        this.#drain();
        this.#flush(performance.now());
      } else if (this.#ended) {
        break;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
    if (this.#control.size > 1) {
      this.#control.bcast<Share>(null, 0);
      sayLastRecall(this.#control);
    }
    this.#comm.send(null, this.#engine, TO_ENGINE);
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
      // The last order may have been taken without waiting for it here, and the communicator of the team be freed since.
      if (this.#request === request && !this.#ended) this.#take(order);
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
        this.#many = order.many;
        break;
      case 'return':
        this.#giveBack(order.ticket);
        break;
      case 'cancel':
        if (this.#under?.ticket === order.ticket) this.#abort(this.#count);
        else this.#giveBack(order.ticket);
        break;
      case 'end':
        this.#ended = true;
        this.#queue = [];
        this.#abort(Infinity);
    }
    if (!this.#ended) this.#request = this.#listen();
    this.#wake?.();
  }

  /** Nobody wants the results of the team's first samples, this many, any more. Others of the team may be behind this rank. */
  #abort(samples: number): void {
    this.#under?.abort.abort();
    recall(this.#control, samples);
  }

  /** Only what has not begun; of the rest the engine gets a result. */
  #giveBack(ticket: number): void {
    const at = this.#queue.findIndex((waiting) => waiting.ticket === ticket);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#send([{ ticket, returned: true, began: 0, ended: 0 }]);
  }

  /** A promise only where the model gives one: to wait for each of many short samples would take longer than they do. */
  #evaluate({ task, ticket }: Assigned): Report | Promise<Report> {
    const abort = new Abort();
    if (this.#ended) abort.abort();
    this.#under = { ticket, abort };
    this.#count++;
    const work = this.#works[task.work]!;
    const began = now();
    try {
      const value = work.model(sampleOf(task, work, abort), this.#team);
      if (!isPromiseLike(value)) return this.#value(work, ticket, began, value);
      return Promise.resolve(value).then(
        (awaited) => this.#value(work, ticket, began, awaited),
        (thrown: unknown) => this.#failure(work, ticket, began, thrown),
      );
    } catch (thrown) {
      return this.#failure(work, ticket, began, thrown);
    }
  }

  #value(work: Work, ticket: number, began: number, value: unknown): Report {
    const error = this.#othersFailed(work, null);
    const ended = this.#done(began);
    return error ? { ticket, error, began, ended } : { ticket, value, began, ended };
  }

  #failure(work: Work, ticket: number, began: number, thrown: unknown): Report {
    const error = packError(thrown);
    this.#othersFailed(work, error);
    return { ticket, error, began, ended: this.#done(began) };
  }

  #done(began: number): number {
    const ended = now();
    this.#under = undefined;
    this.#short = ended - began < TOGETHER_MS;
    return ended;
  }

  /** Where the engine goes on after failures, the ranks of a team stay in step: the leader learns what the others' models threw. */
  #othersFailed(work: Work, own: ThrownError | null): ThrownError | undefined {
    if (!work.tolerant || this.#control.size === 1) return undefined;
    return this.#control.gather(own, 0)!.find((failure) => failure !== null) ?? undefined;
  }

  /** Sends the reports that wait, unless nobody wants them any more. */
  #flush(time: number): void {
    if (!this.#ended) this.#send(this.#reports);
    this.#reports = [];
    this.#reported = time;
  }

  /** A result that cannot travel is an error of its sample. */
  #send(reports: readonly Report[]): void {
    try {
      this.#comm.isend(reports, this.#engine, TO_ENGINE).free();
    } catch (error) {
      const [first] = reports;
      if (reports.length > 1) for (const report of reports) this.#send([report]);
      else if (first?.error === undefined)
        this.#send([{ ...first!, value: undefined, error: packError(error) }]);
      else throw error;
    }
  }
}

const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/**
 * A rank of a team that does not lead it. What its model throws is thrown here, and ends the job, unless the sample was recalled; where the
 * engine goes on after failures, all ranks of the team must throw for the same samples, since one that stayed in a collective of the model
 * would wait for ever.
 */
export async function follow(works: readonly Work[], team: Team, control: Communicator): Promise<void> {
  const recalls = new Recalls(control);
  for (;;) {
    const tasks = control.bcast<Share>(undefined, 0);
    if (tasks === null) break;
    for (const task of tasks) {
      const work = works[task.work]!;
      const abort = recalls.begin();
      let failure: ThrownError | null = null;
      try {
        const value = work.model(sampleOf(task, work, abort), team);
        if (isPromiseLike(value)) {
          recalls.listen();
          await value;
        }
      } catch (error) {
        if (!work.tolerant && !abort.aborted) throw error;
        failure = packError(error);
      }
      if (work.tolerant) control.gather(failure, 0);
    }
  }
  recalls.end();
}
