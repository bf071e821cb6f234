import { ANY_SOURCE, Status, type Communicator } from '../../comm/index.ts';
import type { Engine, TaskKind } from '../engine.ts';
import { packThrown, type Thrown } from '../../internal/index.ts';
import { PoolError, unpackThrown } from '../error.ts';
import type { CloseOptions, PoolOptions, PoolStats, TaskOptions } from '../executor.ts';
import { Functions, type Known } from '../functions.ts';
import { Future } from '../future.ts';
import { call, received, type LocalTask } from '../local.ts';
import { Tally } from '../stats.ts';
import { notBack, watchGrace } from './grace.ts';
import { sendWithoutBlocking } from './link.ts';
import { POOL_TAG } from './protocol.ts';

/** What has come of a task, from the rank that ran it. */
type Outcome =
  | readonly [index: number, name: string, failed: false, value: unknown]
  | readonly [index: number, name: string, failed: true, thrown: Thrown];

/** A task as every rank knows it. */
interface Entry {
  readonly index: number;
  readonly kind: TaskKind;
  readonly known: Known;
  readonly fn: LocalTask;
  readonly args: readonly unknown[];
  readonly timeout: number | undefined;
  readonly submitted: number;
  readonly future: Future<unknown>;
  /** Outcomes still to come, from these ranks. */
  readonly from: Set<number>;
  readonly results: unknown[];
}

/**
 * All ranks run the script and submit the same tasks in the same order. Task i runs on rank i mod size, with the arguments that this rank has; only what
 * came of it travels, to all others.
 */
export class Synchro implements Engine {
  readonly mode = 'synchro';
  readonly workers: number;
  readonly #options: PoolOptions;
  readonly #comm: Communicator;
  /** For SPMD sections. */
  readonly #inner: Communicator;
  readonly #functions = new Functions();
  readonly #tally = new Tally();
  readonly #entries = new Map<number, Entry>();
  /** Outcomes of tasks that this rank has yet to submit. */
  readonly #early = new Map<number, (readonly [outcome: Outcome, source: number])[]>();
  readonly #mine: Entry[] = [];
  readonly #status = new Status();
  #next = 0;
  #awaited = 0;
  #running = 0;
  #listening = false;
  #section = false;
  #closing: Promise<void> | undefined;
  #whenEmpty: (() => void) | undefined;

  /** Collective. */
  constructor(options: PoolOptions, comm: Communicator) {
    this.#options = options;
    this.#comm = comm.dup();
    this.#inner = comm.dup();
    this.workers = comm.size;
  }

  add<T>(kind: TaskKind, task: object, args: readonly unknown[], options: TaskOptions): Future<T> {
    const future = new Future<T>({ cancel: refuseToCancel });
    try {
      if (this.#closing) throw new PoolError('ERR_CLOSED', 'the pool is closed');
      if (options.signal) throw refusal('an AbortSignal');
      const { rank, size } = this.#comm;
      const index = this.#next++;
      const owner = index % size;
      const entry: Entry = {
        index,
        kind,
        known: this.#functions.of(task),
        fn: task as LocalTask,
        args,
        timeout: options.timeout ?? this.#options.timeout,
        submitted: performance.now(),
        future,
        from: new Set(kind === 'section' ? Array(size).keys() : [owner]),
        results: [],
      };
      this.#entries.set(index, entry);
      if (kind === 'section' || owner === rank) {
        this.#mine.push(entry);
        if (this.#mine.length === 1) setImmediate(() => void this.#run());
      }
      this.#awaited += entry.from.has(rank) ? entry.from.size - 1 : entry.from.size;
      for (const [outcome, source] of this.#early.get(index) ?? []) this.#heard(outcome, source);
      this.#early.delete(index);
      void this.#listen();
    } catch (error) {
      Future.fail(future, error);
    }
    return future;
  }

  stats(): PoolStats {
    const { done, failed, cancelled, lost, runTime, waitTime } = this.#tally;
    const worker = {
      rank: this.#comm.rank,
      running: this.#running,
      done: done + failed,
      busy: runTime.mean / 1000,
    };
    const queued = this.#entries.size - this.#running;
    return {
      queued,
      running: this.#running,
      done,
      failed,
      cancelled,
      lost,
      workers: [worker],
      runTime,
      waitTime,
    };
  }

  close({ cancel, force }: CloseOptions): Promise<void> {
    if (cancel === true || force === true) return Promise.reject(refusal('closing with cancel or force'));
    return (this.#closing ??= this.#end());
  }

  async #end(): Promise<void> {
    if (this.#entries.size > 0) await new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    const counts = this.#comm.allgather(this.#next);
    this.#inner.free();
    this.#comm.free();
    if (counts.some((count) => count !== this.#next)) {
      throw new PoolError(
        'ERR_DIVERGED',
        `the ranks have submitted ${counts.join(', ')} tasks: each must submit all of them`,
      );
    }
  }

  /** Runs this rank's tasks, `concurrency` at a time; a section alone, since all ranks must come to it. */
  async #run(): Promise<void> {
    const { concurrency = 1 } = this.#options;
    while (this.#mine.length > 0 && this.#running < concurrency && !this.#section) {
      if (this.#mine[0]!.kind === 'section' && this.#running > 0) return;
      const entry = this.#mine.shift()!;
      this.#section = entry.kind === 'section';
      this.#running++;
      const running = this.#execute(entry).then(() => {
        this.#running--;
        this.#section = false;
        void this.#run();
      });
      if (concurrency === 1 || this.#section) await running;
    }
  }

  async #execute(entry: Entry): Promise<void> {
    const { index, kind, known, fn, args, timeout } = entry;
    const { name } = known.reference;
    const began = performance.now();
    this.#tally.waited(began - entry.submitted);
    let outcome: Outcome;
    try {
      const value = await call(kind, fn, received(name, args, false), this.#inner, timeout, name);
      outcome = [index, name, false, value];
    } catch (error) {
      outcome = [index, name, true, packThrown(error)];
    }
    this.#tally.ran(performance.now() - began, outcome[2]);
    this.#tell(outcome);
    this.#heard(outcome, this.#comm.rank);
    if (outcome[2] && kind === 'section') this.#expectBack(entry);
  }

  #tell(outcome: Outcome): void {
    const { rank, size } = this.#comm;
    for (let dest = 0; dest < size; dest++) {
      if (dest === rank) continue;
      sendWithoutBlocking(this.#comm, outcome, dest);
    }
  }

  /** The others may wait in the section for this rank. */
  #expectBack({ from, known }: Entry): void {
    const { rank } = this.#comm;
    watchGrace(
      () => [...from].filter((other) => other !== rank),
      (ranks) => {
        process.stderr.write(
          `flotilla: the SPMD section ${known.reference.name} has failed on rank ${rank}: ${notBack(ranks)}\n`,
        );
        this.#comm.abort(1);
      },
    );
  }

  async #listen(): Promise<void> {
    if (this.#listening) return;
    this.#listening = true;
    while (this.#awaited > 0) {
      const request = this.#comm.irecv<Outcome>(ANY_SOURCE, POOL_TAG);
      const outcome = await request;
      this.#take(outcome, request.status.source);
      while (this.#awaited > 0 && this.#comm.iprobe(ANY_SOURCE, POOL_TAG) !== null) {
        const next = this.#comm.recv<Outcome>(ANY_SOURCE, POOL_TAG, this.#status);
        this.#take(next, this.#status.source);
      }
    }
    this.#listening = false;
  }

  #take(outcome: Outcome, source: number): void {
    const [index] = outcome;
    if (index < this.#next) {
      this.#heard(outcome, source);
      return;
    }
    const early = this.#early.get(index) ?? [];
    early.push([outcome, source]);
    this.#early.set(index, early);
  }

  #heard(outcome: Outcome, source: number): void {
    const [index, name, failed, content] = outcome;
    const { rank } = this.#comm;
    const entry = this.#entries.get(index);
    if (entry === undefined) return;
    if (source !== rank) this.#awaited--;
    entry.from.delete(source);
    const mine = entry.known.reference.name;
    if (mine !== name) {
      const reason = `task ${index} is ${name} on rank ${source} and ${mine} on rank ${rank}: all ranks must submit the same`;
      Future.fail(entry.future, new PoolError('ERR_DIVERGED', reason));
    } else if (failed) {
      Future.fail(entry.future, unpackThrown(content, source));
    } else if (entry.kind === 'section') {
      entry.results[source] = content;
      if (entry.from.size === 0) Future.fulfil(entry.future, entry.results);
    } else {
      Future.fulfil(entry.future, content);
    }
    if (entry.from.size > 0) return;
    this.#entries.delete(index);
    if (this.#entries.size === 0) this.#whenEmpty?.();
  }
}

const refusal = (what: string) =>
  new PoolError(
    'ERR_MODE',
    `${what} is not possible in synchro mode: ranks could disagree on whether the task was in time`,
  );

function refuseToCancel(): never {
  throw refusal('cancelling');
}
