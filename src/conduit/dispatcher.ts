import { ANY_SOURCE, Status, type Communicator } from '../comm/index.ts';
import type { Dispatch } from './distributed.ts';
import type { Outcome, Pool, Task } from './model.ts';
import { TO_ENGINE, TO_LEADER, type Order, type Report } from './protocol.ts';
import { TurnQueue } from './queue.ts';

/** Samples shorter than this are sent ahead. */
const AHEAD_MS = 20;
const NEWEST = 0.2;

/** A sample that someone waits for. */
interface Job {
  readonly task: Task;
  readonly resolve: (outcome: Outcome) => void;
  done: boolean;
  /** Evaluations of it that are under way. */
  readonly tickets: Set<number>;
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
  /** Mean milliseconds of the latest samples of each experiment. */
  readonly #mean: (number | undefined)[];
  #next = 0;
  #listening: Promise<void> | undefined;
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
    this.#mean = new Array<number | undefined>(works).fill(undefined);
  }

  get busy(): number {
    return this.#held.filter((tickets) => tickets.length > 0).length;
  }

  /** Runs the engine. When it has ended well, nothing is under way any more. */
  async run<R>(engine: () => Promise<R>): Promise<R> {
    const failed = new Promise<never>((_, reject) => (this.#failed = reject));
    const value = await Promise.race([engine(), failed]);
    await Promise.race([this.#listening, failed]);
    return value;
  }

  submit(task: Task): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#queue.push(task.work, { task, resolve, done: false, tickets: new Set() });
      this.#schedule();
    });
  }

  /** Once the samples that are being submitted are all there. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      try {
        this.#hand();
      } catch (error) {
        this.#failed?.(error);
      }
    });
  }

  /** To the free teams first, then ahead. */
  #hand(): void {
    for (const [team, held] of this.#held.entries()) if (held.length === 0) this.#give(team);
    if (this.#queue.length > 0) {
      for (let depth = 1; depth <= this.#ahead(); depth++)
        for (const [team, held] of this.#held.entries()) if (held.length <= depth) this.#give(team);
    } else {
      for (const [team, held] of this.#held.entries()) if (held.length === 0) this.#rescue(team);
    }
    if (this.#tickets.size > 0) this.#listening ??= this.#listen();
  }

  /** How many samples may wait at a team: none until it is known that they are short. */
  #ahead(): number {
    const short = this.#mean.every((mean) => mean === undefined || mean < AHEAD_MS);
    return short && this.#mean.some((mean) => mean !== undefined) ? this.#dispatch.prefetch : 0;
  }

  #give(team: number): void {
    const job = this.#queue.shift();
    if (job !== undefined) this.#send(job, team);
  }

  #send(job: Job, team: number): void {
    const ticket = this.#next++;
    this.#tickets.set(ticket, { job, team, recalled: false });
    this.#held[team]!.push(ticket);
    job.tickets.add(ticket);
    this.#order(team, { do: 'evaluate', task: job.task, ticket });
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
      if (job.done || job.tickets.size > 1) continue;
      this.#send(job, team);
      return;
    }
  }

  async #listen(): Promise<void> {
    const status = new Status();
    try {
      while (this.#tickets.size > 0) {
        const request = this.#comm.irecv<Report>(ANY_SOURCE, TO_ENGINE);
        const report = await request;
        request.wait(status);
        this.#hear(report, this.#teamOf.get(status.source)!);
        while (this.#tickets.size > 0 && this.#comm.iprobe(ANY_SOURCE, TO_ENGINE) !== null)
          this.#hear(
            this.#comm.recv<Report>(ANY_SOURCE, TO_ENGINE, status),
            this.#teamOf.get(status.source)!,
          );
        this.#schedule();
        // Whoever waits for these results may submit more before the next one is waited for.
        await undefined;
      }
    } catch (error) {
      this.#failed?.(error);
    }
    this.#listening = undefined;
  }

  #hear({ ticket, returned, value, error, began, ended }: Report, team: number): void {
    const { job } = this.#tickets.get(ticket)!;
    this.#tickets.delete(ticket);
    job.tickets.delete(ticket);
    const held = this.#held[team]!;
    held.splice(held.indexOf(ticket), 1);
    if (job.done) return;
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
