import { ANY_SOURCE, Status, type Communicator, type Request } from '../../comm/index.ts';
import { packBriefly, packThrown } from '../../internal/index.ts';
import type { Engine, TaskKind, TaskSequence } from '../engine.ts';
import { PoolError, unpackThrown } from '../error.ts';
import type { CloseOptions, PoolOptions, PoolStats, TaskOptions } from '../executor.ts';
import { Functions } from '../functions.ts';
import { Future } from '../future.ts';
import { call, received, type LocalTask } from '../local.ts';
import { unmark } from '../memory.ts';
import { Tally } from '../stats.ts';
import { notBack, watchGrace } from './grace.ts';
import { sendWithoutBlocking } from './link.ts';
import { POOL_TAG } from './protocol.ts';
import { Sequence, type Entry, type Outcome, type Told } from './sequence.ts';

/** What each rank tells of itself when a pool is closed. */
interface Count {
  readonly submitted: number;
  readonly maps: number;
  /** Messages to each rank. */
  readonly sent: readonly number[];
}

/**
 * All ranks run the script and submit the same tasks in the same order. Task i runs on rank i mod size,
 * with the arguments that this rank has; only what came of it travels, to all others.
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
  /** Those that are not over on all ranks. */
  readonly #sequences = new Map<number, Sequence>();
  /** What the script submits itself. */
  readonly #main: Sequence;
  #begun = 1;
  readonly #mine: Entry[] = [];
  readonly #status = new Status();
  readonly #sent: number[];
  readonly #received: number[];
  /** Entries of all sequences. */
  #open = 0;
  #awaited = 0;
  #running = 0;
  #pending: Request<Told> | undefined;
  #listening: Promise<void> | undefined;
  #section = false;
  /** Nothing is sent any more. */
  #over = false;
  #closing: Promise<void> | undefined;
  #whenEmpty: (() => void) | undefined;

  /** Collective. */
  constructor(options: PoolOptions, comm: Communicator) {
    this.#options = options;
    this.#comm = comm.dup();
    this.#inner = comm.dup();
    this.workers = comm.size;
    this.#sent = new Array<number>(comm.size).fill(0);
    this.#received = new Array<number>(comm.size).fill(0);
    this.#main = this.#sequenceOf(0);
  }

  add<T>(kind: TaskKind, task: object, args: readonly unknown[], options: TaskOptions): Future<T> {
    return this.#add(this.#main, kind, task, args, options);
  }

  sequence(): TaskSequence {
    const sequence = this.#sequenceOf(this.#begun++);
    return {
      add: (kind, task, args, options) => this.#add(sequence, kind, task, args, options),
      leave: (taken) => this.#leave(sequence, taken),
    };
  }

  #sequenceOf(id: number): Sequence {
    const sequence = this.#sequences.get(id) ?? new Sequence(id);
    this.#sequences.set(id, sequence);
    return sequence;
  }

  #add<T>(
    sequence: Sequence,
    kind: TaskKind,
    task: object,
    args: readonly unknown[],
    options: TaskOptions,
  ): Future<T> {
    const future = new Future<T>({ cancel: refuseToCancel });
    try {
      if (this.#closing) throw new PoolError('ERR_CLOSED', 'the pool is closed');
      if (options.signal) throw refusal('an AbortSignal');
      const { rank, size } = this.#comm;
      const index = sequence.next++;
      const owner = sequence.ownerOf(index, size);
      const entry: Entry = {
        sequence,
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
        running: false,
      };
      sequence.entries.set(index, entry);
      this.#open++;
      if (kind === 'section' || owner === rank) {
        this.#mine.push(entry);
        if (this.#mine.length === 1) setImmediate(() => void this.#run());
      } else {
        unmark(args);
      }
      this.#awaited += entry.from.has(rank) ? entry.from.size - 1 : entry.from.size;
      for (const [outcome, source] of sequence.early.get(index) ?? []) this.#heard(entry, outcome, source);
      sequence.early.delete(index);
      const taken = sequence.leavers.get(owner);
      if (taken !== undefined && index >= taken && entry.from.has(owner)) this.#missed(entry, owner, taken);
      if (this.#awaited > 0) this.#listening ??= this.#listen();
    } catch (error) {
      unmark(args);
      Future.fail(future, error);
    }
    return future;
  }

  /** Nobody here takes more results of this map: its tasks that have not begun are not run. */
  #leave(sequence: Sequence, taken: number): void {
    const { rank } = this.#comm;
    sequence.left = true;
    for (const entry of sequence.entries.values()) {
      if (entry.running) continue;
      const at = this.#mine.indexOf(entry);
      if (at >= 0) this.#mine.splice(at, 1);
      this.#awaited -= entry.from.has(rank) ? entry.from.size - 1 : entry.from.size;
      Future.fail(entry.future, new PoolError('ERR_CANCELLED', 'the map was left'), true);
      this.#remove(entry);
    }
    if (!this.#over) this.#tell([sequence.id, taken]);
    this.#forget(sequence);
    if (this.#awaited === 0 && this.#pending) this.#wake();
  }

  /**
   * Nothing is to be waited for, and a receive is: it keeps the program alive. Cancelling one is not safe
   * in every MPI (Open MPI 4.1 may crash), so a word to oneself completes it.
   */
  #wake(): void {
    const { rank } = this.#comm;
    this.#comm.send([], rank, POOL_TAG);
    this.#sent[rank]!++;
  }

  /** A sequence that is over on all ranks. */
  #forget(sequence: Sequence): void {
    const over = sequence.left && sequence.leavers.size === this.#comm.size - 1;
    if (over) this.#sequences.delete(sequence.id);
  }

  stats(): PoolStats {
    const { done, failed, cancelled, lost, runTime, waitTime } = this.#tally;
    const worker = {
      rank: this.#comm.rank,
      running: this.#running,
      done: done + failed,
      busy: runTime.mean / 1000,
    };
    const queued = this.#open - this.#running;
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
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    await this.#listening;
    const own: Count = { submitted: this.#main.next, maps: this.#begun - 1, sent: this.#sent };
    const counts = this.#comm.allgather(own);
    this.#over = true;
    this.#drain(counts);
    this.#inner.free();
    this.#comm.free();
    const differ = (of: (count: Count) => number) => counts.some((count) => of(count) !== of(own));
    const list = (of: (count: Count) => number) => counts.map(of).join(', ');
    const [submitted, maps] = [(count: Count) => count.submitted, (count: Count) => count.maps];
    if (!differ(submitted) && !differ(maps)) return;
    const what = differ(submitted) ? `${list(submitted)} tasks` : `${list(maps)} maps`;
    throw new PoolError('ERR_DIVERGED', `the ranks have submitted ${what}: each must submit all of them`);
  }

  /** Takes in what nobody here waits for: outcomes of maps that were left. */
  #drain(counts: readonly Count[]): void {
    const { rank } = this.#comm;
    for (const [source, { sent }] of counts.entries())
      for (let i = this.#received[source]!; i < sent[rank]!; i++) this.#comm.recv(source, POOL_TAG);
    // Long messages need their sender until they are received.
    this.#comm.barrier();
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
    const { sequence, index, kind, known, fn, args, timeout } = entry;
    const { name } = known.reference;
    const began = performance.now();
    this.#tally.waited(began - entry.submitted);
    entry.running = true;
    let outcome: Outcome;
    try {
      const value = await call(kind, fn, received(name, args, false), this.#inner, timeout, name);
      outcome = [sequence.id, index, name, false, value];
    } catch (error) {
      outcome = [sequence.id, index, name, true, packThrown(error)];
    }
    outcome = this.#publish(outcome);
    this.#tally.ran(performance.now() - began);
    this.#tally[outcome[3] ? 'failed' : 'done']++;
    this.#heard(entry, outcome, this.#comm.rank);
    if (outcome[3] && kind === 'section') this.#expectBack(entry);
  }

  /** Tells all others of an outcome, or that it cannot be told. */
  #publish(outcome: Outcome): Outcome {
    const [sequence, index, name, failed, content] = outcome;
    try {
      this.#tell(outcome);
      return outcome;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const thrown = failed
        ? packBriefly(content)
        : packThrown(new PoolError('ERR_TYPE', `the result cannot be sent: ${reason}`));
      const instead: Outcome = [sequence, index, name, true, thrown];
      this.#tell(instead);
      return instead;
    }
  }

  #tell(told: Told): void {
    const { rank, size } = this.#comm;
    for (let dest = 0; dest < size; dest++) {
      if (dest === rank) continue;
      sendWithoutBlocking(this.#comm, told, dest);
      this.#sent[dest]!++;
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
    while (this.#awaited > 0) {
      this.#pending = this.#comm.irecv<Told>(ANY_SOURCE, POOL_TAG);
      const told = await this.#pending;
      const { source } = this.#pending.status;
      this.#pending = undefined;
      this.#take(told, source);
      while (this.#awaited > 0 && this.#comm.iprobe(ANY_SOURCE, POOL_TAG) !== null) {
        const next = this.#comm.recv<Told>(ANY_SOURCE, POOL_TAG, this.#status);
        this.#take(next, this.#status.source);
      }
    }
    this.#listening = undefined;
  }

  #take(told: Told, source: number): void {
    this.#received[source]!++;
    if (told.length === 0) return;
    const [id, index] = told;
    const known = this.#sequences.get(id);
    if (known === undefined && id < this.#begun) return; // of a map that is over
    const sequence = known ?? this.#sequenceOf(id);
    if (told.length === 2) this.#hearLeaver(sequence, source, told[1]);
    else if (index < sequence.next || sequence.left) this.#hearOutcome(sequence, told, source);
    else sequence.early.set(index, [...(sequence.early.get(index) ?? []), [told, source]]);
  }

  #hearOutcome(sequence: Sequence, outcome: Outcome, source: number): void {
    const entry = sequence.entries.get(outcome[1]);
    if (entry?.from.has(source) === true) this.#heard(entry, outcome, source);
  }

  #hearLeaver(sequence: Sequence, source: number, taken: number): void {
    sequence.leavers.set(source, taken);
    for (const entry of [...sequence.entries.values()])
      if (entry.index >= taken && entry.from.has(source)) this.#missed(entry, source, taken);
    this.#forget(sequence);
  }

  /** The rank whose task it is will not run it. */
  #missed(entry: Entry, source: number, taken: number): void {
    const reason =
      `rank ${source} has left the map after ${taken} results and rank ${this.#comm.rank} has not: ` +
      `all ranks must take the same`;
    this.#awaited--;
    Future.fail(entry.future, new PoolError('ERR_DIVERGED', reason));
    this.#remove(entry);
  }

  #heard(entry: Entry, outcome: Outcome, source: number): void {
    const [, index, name, failed, content] = outcome;
    const { rank } = this.#comm;
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
    if (entry.from.size === 0) this.#remove(entry);
  }

  #remove({ sequence, index }: Entry): void {
    if (!sequence.entries.delete(index)) return;
    if (--this.#open === 0) this.#whenEmpty?.();
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
