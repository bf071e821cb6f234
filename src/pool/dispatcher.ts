import { after } from './clock.ts';
import type { Crew } from './crew.ts';
import type { Engine, TaskKind } from './engine.ts';
import type { Thrown } from '../internal/index.ts';
import { PoolError, unpackThrown } from './error.ts';
import type { CloseOptions, PoolMode, PoolOptions, PoolStats, TaskOptions } from './executor.ts';
import { Functions, learn } from './functions.ts';
import { Future } from './future.ts';
import type { Job, Section } from './job.ts';
import type { Member } from './member.ts';
import { Say, type Order, type Reply } from './protocol.ts';
import { unsendable } from './local.ts';
import { unmark } from './memory.ts';
import { Queue } from './queue.ts';
import { onAbort } from './signals.ts';
import { Tally } from './stats.ts';

/** Short tasks are given ahead, up to so many milliseconds of them and so many tasks, so that a worker never waits for the next. */
const AHEAD_MS = 0.4;
const MOST_AHEAD = 200;
/** What it takes to wake a worker: less than this can as well wait for one that is awake. */
const WAKE_MS = 0.02;
/** So many workers in a row that died before they began a task: more would do the same. */
const STILLBORN = 3;
/** How long a worker may be deaf at which one of several tasks was given up. */
const DEAF_MS = 5000;

/** Hands tasks to workers, first come, first served, and settles their futures: the engine of threads and futures mode. */
export class Dispatcher implements Engine {
  readonly #crew: Crew;
  readonly #options: PoolOptions;
  readonly #concurrency: number;
  readonly #functions = new Functions();
  readonly #queue = new Queue<Job>();
  readonly #members = new Set<Member>();
  readonly #tally = new Tally();
  #queued = 0;
  /** What workers owe; and the tasks among that which are not over for whoever submitted them. */
  #given = 0;
  #live = 0;
  #expecting = false;
  #stillborn = 0;
  #closed: Promise<void> | undefined;
  #broken: PoolError | undefined;
  #gaveUp = false;
  #whenEmpty: (() => void) | undefined;

  constructor(makeCrew: (dispatcher: Dispatcher) => Crew, options: PoolOptions) {
    this.#options = options;
    this.#concurrency = options.concurrency ?? 1;
    this.#crew = makeCrew(this);
  }

  get mode(): PoolMode {
    return this.#crew.mode;
  }

  get workers(): number {
    return this.#crew.size;
  }

  /** Whether it takes no more tasks. */
  get closed(): boolean {
    return this.#closed !== undefined;
  }

  stats(): PoolStats {
    const { done, failed, cancelled, lost, runTime, waitTime } = this.#tally;
    const workers = [...this.#members].map(({ rank, owed, done, busy }) => ({
      rank,
      running: owed.size,
      done,
      busy,
    }));
    return {
      queued: this.#queued,
      running: this.#live,
      done,
      failed,
      cancelled,
      lost,
      workers,
      runTime,
      waitTime,
    };
  }

  close({ cancel = false, force = false }: CloseOptions = {}): Promise<void> {
    const closing = (this.#closed ??= this.#empty().then(() => this.#crew.end(force)));
    const reason = new PoolError('ERR_CANCELLED', 'the pool was closed before the task began');
    if (cancel || force) this.#dropQueue(reason, 'cancelled');
    if (force) {
      const stopped = new PoolError('ERR_CANCELLED', 'the pool was closed while the task ran');
      for (const member of this.#members) {
        for (const job of member.owed.values()) this.#settle(job, stopped, 'cancelled');
        if (member.owed.size > 0) this.#crew.stop(member);
      }
    }
    this.#settled();
    return closing;
  }

  add<T>(kind: TaskKind, task: object, args: readonly unknown[], options: TaskOptions): Future<T> {
    const cancels = { cancel: () => false };
    const future = new Future<T>(cancels);
    try {
      if (this.#broken) throw this.#broken;
      if (this.#closed) throw new PoolError('ERR_CLOSED', 'the pool is closed');
      if (this.#queued >= (this.#options.maxQueue ?? Infinity)) {
        throw new PoolError(
          'ERR_QUEUE_FULL',
          `${this.#queued} tasks are waiting, and maxQueue allows no more`,
        );
      }
      options.signal?.throwIfAborted();
      const timeout = options.timeout ?? this.#options.timeout;
      const job: Job = {
        kind,
        fn: this.#functions.of(task),
        args,
        future,
        submitted: performance.now(),
        exclusive: timeout !== undefined || options.signal !== undefined,
        timeout,
        retries: options.retries ?? this.#options.retries ?? 0,
        losses: 0,
        release: undefined,
        state: 'queued',
        member: undefined,
        expected: 0,
        handedOver: false,
        holders: 0,
        section: undefined,
      };
      cancels.cancel = () => this.#cancel(job);
      if (options.signal) this.#listen(job, options.signal);
      this.#queued++;
      this.#queue.push(job);
      this.#pump();
    } catch (error) {
      unmark(args);
      Future.fail(future, error);
    }
    return future;
  }

  #listen(job: Job, signal: AbortSignal): void {
    job.release = onAbort(signal, (reason) => this.#interrupt(job, reason, 'cancelled'));
  }

  #cancel(job: Job): boolean {
    if (!this.#withdraw(job)) return false;
    this.#settle(
      job,
      new PoolError('ERR_CANCELLED', `the task ${job.fn.reference.name} was cancelled`),
      'cancelled',
    );
    this.#pump();
    return true;
  }

  /** Takes a job back that has not begun. */
  #withdraw(job: Job): boolean {
    if (job.state === 'queued') return true;
    if (job.state !== 'given' || job.member === undefined) return false;
    for (const [id, each] of job.member.owed) {
      if (each !== job) continue;
      if (!job.member.link.revoke(id)) return false;
      this.#take(job.member, id, job);
      return true;
    }
    return false;
  }

  /** Ends a job in whatever state: by its signal or its clock. */
  #interrupt(job: Job, reason: unknown, how: Ending): void {
    if (job.state === 'over') return;
    const withdrawn = this.#withdraw(job);
    const members = job.section?.members ?? (job.member ? [job.member] : []);
    this.#settle(job, reason, how, false);
    if (!withdrawn) for (const member of members) this.#stop(member, job);
    this.#pump();
  }

  /** Stops a worker in the midst of a task that nobody waits for any more, once its other tasks are done. */
  #stop(member: Member, job: Job): void {
    if (!this.#crew.stops || member.leaving) return;
    for (const [id, each] of [...member.owed].reverse()) {
      if (each.state !== 'given' || !member.link.revoke(id)) continue;
      this.#take(member, id, each);
      this.#requeue(each);
    }
    member.leaving = true;
    if (this.#leaves(member)) return;
    // A worker whose event loop has no turn gets nowhere with the others either.
    const why = `it was deaf for ${DEAF_MS / 1000} s after ${job.fn.reference.name} was given up`;
    member.heard = after(DEAF_MS, () => this.#crew.stop(member, why));
    member.link.send([Say.PING]);
  }

  /** Stops a worker that is to leave if nobody waits for anything that it has; whether it did. */
  #leaves(member: Member): boolean {
    if (!member.leaving || [...member.owed.values()].some(({ state }) => state !== 'over')) return false;
    member.heard?.();
    this.#crew.stop(member);
    return true;
  }

  /** Gives queued tasks to whoever can take them. */
  #pump(): void {
    for (let job = this.#queue.peek(); job !== undefined; job = this.#queue.peek()) {
      if (job.state !== 'queued') {
        this.#queue.shift();
        continue;
      }
      if (job.kind === 'section' ? !this.#begin(job) : !this.#give(job)) break;
    }
    this.#settled();
  }

  #give(job: Job): boolean {
    const member = this.#memberFor(job);
    if (member === undefined) {
      this.#crew.grow(this.#queued);
      return false;
    }
    this.#queue.shift();
    this.#queued--;
    this.#hand(job, member);
    return true;
  }

  /** Who is at it already, if little time passes before it comes to this one; else who is free; else who has the least to do. */
  #memberFor({ exclusive, fn: { ms } }: Job): Member | undefined {
    const ahead = exclusive || this.#concurrency > 1 ? 0 : AHEAD_MS;
    let free: Member | undefined;
    let best: Member | undefined;
    for (const member of this.#members) {
      const { size } = member.owed;
      if (member.leaving) continue;
      if (size < this.#concurrency) free ??= member;
      if (size === 0 || size >= MOST_AHEAD || member.ahead + ms >= ahead) continue;
      if (member.ahead < WAKE_MS) return member;
      if (member.ahead < (best?.ahead ?? Infinity)) best = member;
    }
    return free ?? best;
  }

  #hand(job: Job, member: Member): void {
    const now = performance.now();
    const { fn, args } = job;
    job.state = 'given';
    const id = member.link.allot();
    try {
      member.define(job.fn);
      const say = job.kind === 'chunk' ? Say.CHUNK : Say.RUN;
      const order: Order = job.timeout === undefined ? [say, id, fn.id, args] : [say, id, fn.id, args, true];
      job.handedOver = member.link.send(order, id);
    } catch (error) {
      member.link.release(id);
      this.#settle(job, unsendable(job.fn.reference.name, error), 'failed');
      return;
    }
    this.#owe(member, id, job);
    this.#tally.waited(now - job.submitted);
  }

  #owe(member: Member, id: number, job: Job): void {
    member.owe(id, job);
    this.#given++;
    if (job.holders++ === 0) this.#live++;
  }

  /** A timed task has begun; the time of a section begins with its last worker. */
  #begun(job: Job): void {
    const { timeout, section } = job;
    if (
      timeout === undefined ||
      job.state !== 'given' ||
      (section && ++section.begun < section.members.length)
    )
      return;
    const { release } = job;
    const stop = after(timeout, () => {
      const reason = `the task ${job.fn.reference.name} has run for more than ${timeout} ms`;
      const error = new PoolError('ERR_TIMEOUT', reason, { workerRank: job.member?.rank });
      this.#interrupt(job, error, 'failed');
    });
    job.release = () => {
      stop();
      release?.();
    };
  }

  /** Begins an SPMD section once all workers are there and free. */
  #begin(job: Job): boolean {
    if (this.#members.size < this.#crew.size) {
      this.#crew.grow(Infinity);
      return false;
    }
    const members = [...this.#members].sort((a, b) => a.rank - b.rank);
    if (members.some(({ owed, leaving }) => leaving || owed.size > 0)) return false;
    this.#queue.shift();
    this.#queued--;
    job.state = 'given';
    const section: Section = {
      members,
      results: new Array<unknown>(members.length),
      left: members.length,
      begun: 0,
    };
    job.section = section;
    const ranks = this.#crew.ranks(members);
    for (const [rank, member] of members.entries()) {
      const id = member.link.allot();
      const order: Order = [
        Say.SECTION,
        id,
        job.fn.id,
        job.args,
        job.timeout !== undefined,
        ranks === undefined ? undefined : [ranks, rank],
      ];
      try {
        member.define(job.fn);
        member.link.send(order, id);
      } catch (error) {
        // Nobody has begun: what the first cannot be sent none can.
        member.link.release(id);
        this.#settle(job, unsendable(job.fn.reference.name, error), 'failed');
        return true;
      }
      this.#owe(member, id, job);
    }
    this.#tally.waited(performance.now() - job.submitted);
    return true;
  }

  /** A worker is there. */
  joined(member: Member): void {
    this.#members.add(member);
    this.#pump();
  }

  /** A worker that owes nothing is to be given nothing more. */
  retire(member: Member): void {
    this.#members.delete(member);
  }

  /** A worker has answered. */
  heard(member: Member, reply: Reply): void {
    if (reply[0] === Say.PONG) member.heard?.();
    if (reply[0] !== Say.DONE && reply[0] !== Say.FAILED && reply[0] !== Say.BEGUN) return;
    const job = member.owed.get(reply[1]);
    if (job === undefined) return;
    this.#stillborn = 0;
    if (reply[0] === Say.BEGUN) {
      this.#begun(job);
      return;
    }
    const [, id, ms, content] = reply;
    this.#take(member, id, job);
    member.busy += ms;
    member.done++;
    if (job.state !== 'over') {
      if (job.kind === 'run') learn(job.fn, ms);
      this.#tally.ran(ms);
      if (reply[0] === Say.FAILED) this.#failed(job, member, reply[3]);
      else if (job.section) this.#partDone(job, job.section, member, content);
      else this.#fulfil(job, content);
    }
    this.#leaves(member);
    this.#pump();
  }

  /** A worker's initializer has failed. */
  unfit(rank: number, cause: unknown): void {
    this.#break(new PoolError('ERR_BROKEN', 'the initializer has failed', { workerRank: rank, cause }));
  }

  #failed(job: Job, member: Member, thrown: Thrown): void {
    this.#settle(job, unpackThrown(thrown, member.rank), 'failed');
    if (job.section) this.#leaveSection(job, job.section);
  }

  #partDone(job: Job, section: Section, member: Member, value: unknown): void {
    section.results[section.members.indexOf(member)] = value;
    if (--section.left === 0) this.#fulfil(job, section.results);
  }

  #leaveSection(job: Job, section: Section): void {
    const inside = section.members.filter(({ owed }) => [...owed.values()].includes(job));
    if (inside.length > 0) this.#crew.stuck(inside, `the SPMD section ${job.fn.reference.name} has failed`);
  }

  /** Whether a member still owes anything, to those who wait for it to come back. */
  owes(member: Member): boolean {
    return this.#members.has(member) && member.owed.size > 0;
  }

  /** A worker is no more. `why` is said of the task that it was at; the others go to other workers. */
  lost(member: Member, why: string, cause: unknown, intended: boolean): void {
    this.#members.delete(member);
    member.heard?.();
    const owed = [...member.owed].reverse().map(([id, job]) => ({ id, job, begun: !member.link.revoke(id) }));
    if (!intended) {
      this.#tally.lost++;
      const idle = member.done === 0 && !owed.some(({ begun }) => begun);
      this.#stillborn = idle ? this.#stillborn + 1 : 0;
      if (this.#stillborn >= STILLBORN) {
        const reason = `${STILLBORN} workers in a row were lost before they began a task: ${why}`;
        this.#break(new PoolError('ERR_BROKEN', reason, { cause }));
      }
    }
    let told = false;
    for (const { id, job, begun } of owed) {
      this.#take(member, id, job);
      if (job.state === 'over') told ||= job.section !== undefined;
      else if (begun) told = this.#lostUnder(job, member, why, cause) || told;
      else if (!this.#requeue(job)) told = true;
    }
    if (!told && !intended)
      process.stderr.write(`flotilla: warning: pool worker ${member.rank} was lost: ${why}\n`);
    this.#pump();
  }

  /** True when a future has been told. */
  #lostUnder(job: Job, member: Member, why: string, cause: unknown): boolean {
    if (!job.section && ++job.losses <= job.retries) return !this.#requeue(job);
    const reason = `worker ${member.rank} was lost while it ran ${job.fn.reference.name}: ${why}`;
    const error = new PoolError('ERR_WORKER_LOST', reason, { workerRank: member.rank, cause });
    this.#settle(job, error, 'failed');
    if (job.section) this.#leaveSection(job, job.section);
    return true;
  }

  /** Puts a job that nobody has back into the queue; false when its memory went with the worker. */
  #requeue(job: Job): boolean {
    job.member = undefined;
    if (job.handedOver) {
      const reason = `a worker was lost with the memory that was handed over to ${job.fn.reference.name}`;
      this.#settle(job, new PoolError('ERR_WORKER_LOST', reason), 'failed');
      return false;
    }
    if (this.#broken) {
      this.#settle(job, this.#broken, 'failed');
      return false;
    }
    job.state = 'queued';
    this.#queued++;
    this.#queue.putBack(job);
    return true;
  }

  /** No workers will come any more. */
  #break(reason: PoolError): void {
    this.#broken ??= reason;
    this.#dropQueue(this.#broken, 'failed');
  }

  /** To be called when there can be no workers, and why. */
  impossible(reason: unknown): void {
    this.#break(
      reason instanceof PoolError
        ? reason
        : new PoolError('ERR_BROKEN', 'the workers could not be started', { cause: reason }),
    );
  }

  /** To be called when there are no workers left and none can be had. */
  exhausted(): void {
    this.#break(new PoolError('ERR_BROKEN', 'all workers were lost'));
    this.#settled();
  }

  #dropQueue(reason: PoolError, how: Ending): void {
    for (let job = this.#queue.peek(); job !== undefined; job = this.#queue.peek()) {
      this.#queue.shift();
      if (job.state === 'queued') this.#settle(job, reason, how);
    }
    this.#settled();
  }

  /** A job that a member no longer owes. */
  #take(member: Member, id: number, job: Job): void {
    member.take(id, job);
    this.#given--;
    if (--job.holders === 0 && job.state === 'given') this.#live--;
  }

  #fulfil(job: Job, value: unknown): void {
    job.state = 'over';
    job.release?.();
    this.#tally.done++;
    Future.fulfil(job.future, value);
  }

  /** `quiet`: nobody needs to handle it. */
  #settle(job: Job, reason: unknown, how: Ending, quiet = how === 'cancelled'): void {
    if (job.state === 'over') return;
    if (job.state === 'queued') {
      this.#queued--;
      unmark(job.args);
    } else if (job.holders > 0) {
      this.#live--;
    }
    job.state = 'over';
    job.release?.();
    this.#tally[how]++;
    Future.fail(job.future, reason, quiet);
  }

  /** Tells the crew, and whoever waits, whether anything is under way. */
  #settled(): void {
    const empty = this.#given === 0 && this.#queued === 0;
    // What was given up keeps no program alive; a pool that closes waits for it.
    const expecting = this.#live > 0 || this.#queued > 0 || (this.#closed !== undefined && !empty);
    if (expecting !== this.#expecting) {
      this.#expecting = expecting;
      this.#crew.expect(expecting);
    }
    if (empty) this.#whenEmpty?.();
    else if (this.#closed && this.#queued === 0) this.#giveUp();
  }

  /** A closing pool does not wait for what nobody waits for. */
  #giveUp(): void {
    const jobs = [...this.#members].flatMap(({ owed }) => [...owed.values()]);
    if (this.#gaveUp || jobs.some(({ state }) => state !== 'over')) return;
    this.#gaveUp = true;
    const members = [...this.#members].filter(({ owed }) => owed.size > 0);
    this.#crew.stuck(
      members,
      `the pool is closed and ${jobs[0]?.fn.reference.name ?? 'a task'} was given up`,
    );
  }

  #empty(): Promise<void> {
    if (this.#given === 0 && this.#queued === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#whenEmpty = resolve));
  }
}

/** How a task ends that gives no result. */
type Ending = 'failed' | 'cancelled';
