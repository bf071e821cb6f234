import { ANY_SOURCE, Status, type Communicator } from '../comm/index.ts';
import type { Dispatch } from './distributed.ts';
import type { Outcome, Pool, Task } from './model.ts';
import { TO_ENGINE, TO_LEADER, type Assigned, type Order, type Report, type Reports } from './protocol.ts';
import { TurnQueue } from './queue.ts';

/** Samples shorter than this are sent ahead. */
const AHEAD_MS = 20;
/** Shorter than this, and many are, for so much work at most: a message for each would take longer than they do. */
const MANY_MS = 0.1;
const MANY = 64;
const MANY_WORK_MS = 2;
/** Weight of the latest duration in the mean. */
const NEWEST = 0.2;

/** A sample that someone waits for. */
interface Job {
  readonly task: Task;
  readonly resolve: (outcome: Outcome) => void;
  done: boolean;
  /** Evaluations of it that are under way. */
  readonly tickets: number[];
}

interface Ticket {
  readonly job: Job;
  readonly team: number;
  /** The engine has asked for it back, or does not want it any more. */
  recalled: boolean;
}

/** The engine's side of the teams: gives samples to whoever is free and takes their reports. */
export class Dispatcher implements Pool {
  readonly teams: number;
  readonly #comm: Communicator;
  readonly #leaders: readonly number[];
  readonly #teamOf: ReadonlyMap<number, number>;
  readonly #dispatch: Dispatch;
  readonly #queue: TurnQueue<Job>;
  readonly #tickets = new Map<number, Ticket>();
  /** Tickets that each team holds, in the order given: the first is under way. */
  readonly #held: number[][];
  /** Given, and not sent yet. */
  readonly #leaving: Assigned[][];
  /** Mean milliseconds of the latest samples of each experiment. */
  readonly #mean: (number | undefined)[];
  #next = 0;
  #listening: Promise<void> = Promise.resolve();
  /** Leaders that have left. */
  #left = 0;
  #over = false;
  #scheduled = false;
  #failed: ((error: unknown) => void) | undefined;

  constructor(comm: Communicator, leaders: readonly number[], works: number, dispatch: Dispatch) {
    this.teams = leaders.length;
    this.#comm = comm;
    this.#leaders = leaders;
    this.#teamOf = new Map(leaders.map((rank, team) => [rank, team]));
    this.#dispatch = dispatch;
    this.#queue = new TurnQueue(works);
    this.#held = leaders.map(() => []);
    this.#leaving = leaders.map(() => []);
    this.#mean = new Array<number | undefined>(works).fill(undefined);
  }

  get busy(): number {
    return this.#held.filter((tickets) => tickets.length > 0).length;
  }

  /** Runs the engine. Afterwards `end` ends the teams. */
  async run<R>(engine: () => Promise<R>): Promise<R> {
    const failed = new Promise<never>((_, reject) => (this.#failed = reject));
    this.#listening = this.#listen().catch((error: unknown) => this.#failed!(error));
    return Promise.race([engine(), failed]);
  }

  /** Tells the leaders that all is over. Resolves when each has said its last word; until then their late reports are heard. */
  end(): Promise<void> {
    this.#over = true;
    for (let team = 0; team < this.teams; team++) this.#order(team, { do: 'end' });
    return this.#listening;
  }

  submit(task: Task): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#queue.push(task.work, { task, resolve, done: false, tickets: [] });
      this.#schedule();
    });
  }

  /** Once the samples that are being submitted are all there. */
  #schedule(): void {
    if (this.#scheduled || this.#over) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      try {
        if (!this.#over) this.#hand();
      } catch (error) {
        this.#failed?.(error);
      }
    });
  }

  /** To the free teams first, then ahead. */
  #hand(): void {
    for (const [team, held] of this.#held.entries()) if (held.length === 0) this.#give(team);
    if (this.#queue.length > 0) {
      // Where many are sent ahead, a team waits for more until half of them are done: they shall leave together.
      const ahead = this.#ahead();
      const waiting = [...this.#held.keys()].filter((team) => this.#held[team]!.length <= (ahead + 1) >> 1);
      for (let depth = 1; depth <= ahead; depth++)
        for (const team of waiting) if (this.#held[team]!.length <= depth) this.#give(team);
    } else {
      for (const [team, held] of this.#held.entries()) if (held.length === 0) this.#rescue(team);
    }
    this.#flush();
  }

  /** How many samples may wait at a team: none until it is known that they are short. */
  #ahead(): number {
    const { prefetch } = this.#dispatch;
    const longest = this.#longest();
    if (longest === undefined || prefetch === 0 || longest > AHEAD_MS) return 0;
    if (longest > MANY_MS) return prefetch;
    const share = this.#queue.length / (2 * this.teams);
    return Math.max(prefetch, Math.floor(Math.min(MANY, MANY_WORK_MS / longest, share)));
  }

  /** Mean of the experiment whose samples take longest; undefined before there is any. */
  #longest(): number | undefined {
    let longest: number | undefined;
    for (const mean of this.#mean)
      if (mean !== undefined && !(mean <= (longest ?? -Infinity))) longest = mean;
    return longest;
  }

  #give(team: number): void {
    const job = this.#queue.shift();
    if (job !== undefined) this.#send(job, team);
  }

  #send(job: Job, team: number): void {
    const ticket = this.#next++;
    this.#tickets.set(ticket, { job, team, recalled: false });
    this.#held[team]!.push(ticket);
    job.tickets.push(ticket);
    this.#leaving[team]!.push({ task: job.task, ticket });
  }

  /** What was given to a team leaves in one message. */
  #flush(): void {
    const many = this.#dispatch.prefetch > 0 && (this.#longest() ?? Infinity) <= MANY_MS;
    for (const [team, tasks] of this.#leaving.entries()) {
      if (tasks.length === 0) continue;
      this.#order(team, { do: 'evaluate', tasks, many });
      this.#leaving[team] = [];
    }
  }

  #order(team: number, order: Order): void {
    this.#comm.isend(order, this.#leaders[team]!, TO_LEADER).free();
  }

  /** Nothing is left for this team: asks back what waits elsewhere, or repeats what is under way if it may. */
  #rescue(team: number): void {
    for (const held of this.#held) {
      const waiting = held.slice(1).find((ticket) => !this.#tickets.get(ticket)!.recalled);
      if (waiting === undefined) continue;
      this.#tickets.get(waiting)!.recalled = true;
      this.#order(this.#tickets.get(waiting)!.team, { do: 'return', ticket: waiting });
      return;
    }
    if (!this.#dispatch.duplicate) return;
    for (const { job } of this.#tickets.values()) {
      if (job.done || job.tickets.length > 1) continue;
      this.#send(job, team);
      return;
    }
  }

  /** Hears reports until every leader has said its last word. */
  async #listen(): Promise<void> {
    const status = new Status();
    const hear = (reports: Reports, { source }: Status) => {
      if (reports === null) this.#left++;
      else for (const report of reports) this.#hear(report, this.#teamOf.get(source)!);
    };
    while (this.#left < this.teams) {
      const request = this.#comm.irecv<Reports>(ANY_SOURCE, TO_ENGINE);
      const reports = await request;
      hear(reports, request.status);
      while (this.#left < this.teams && this.#comm.iprobe(ANY_SOURCE, TO_ENGINE) !== null)
        hear(this.#comm.recv<Reports>(ANY_SOURCE, TO_ENGINE, status), status);
      this.#schedule();
      // Whoever waits for these results may submit more before the next one is waited for.
      await Promise.resolve();
    }
  }

  #hear({ ticket, returned, value, error, began, ended }: Report, team: number): void {
    const { job } = this.#tickets.get(ticket)!;
    this.#tickets.delete(ticket);
    job.tickets.splice(job.tickets.indexOf(ticket), 1);
    const held = this.#held[team]!;
    held.splice(held.indexOf(ticket), 1);
    // At the end leaders hear nothing more, and nobody here waits.
    if (job.done || this.#over) return;
    if (returned) {
      this.#queue.push(job.task.work, job);
      return;
    }
    job.done = true;
    for (const other of job.tickets) {
      this.#tickets.get(other)!.recalled = true;
      this.#order(this.#tickets.get(other)!.team, { do: 'cancel', ticket: other });
    }
    const { work } = job.task;
    const mean = this.#mean[work];
    this.#mean[work] = mean === undefined ? ended - began : mean + NEWEST * (ended - began - mean);
    job.resolve(error === undefined ? { value, team, began, ended } : { error, team, began, ended });
  }
}
