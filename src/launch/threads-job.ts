import { setTimeout as pause } from 'node:timers/promises';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import {
  admit,
  environmentOf,
  Leftovers,
  room,
  supervise,
  type Family,
  type Left,
  type SpawnReply,
  type SpawnRequest,
  type Supervisor,
  type ThreadsMemory,
} from '../fabric/threads/index.ts';
import { describeError } from '../internal/index.ts';
import { TOGETHER_MS, UNSETTLED } from '../lifecycle.ts';
import { prepare, type Prepared } from './prepare.ts';
import type { RankSettings, WorkerData } from './rank-data.ts';
import { mapStacks } from './source-maps.ts';

/** What the starter of a job learns of it. */
export interface JobEvents {
  /** All ranks have ended, with `code` as the largest exit code; `leftovers` are messages never received and requests never completed, a line each. */
  done(leftovers: readonly string[], code: number): void;
  /** A rank has ended badly, and all others are being ended: `stopped` resolves when they are; one in a system call waits for its end. */
  failed(code: number, stopped: Promise<unknown>): void;
}

/** Ranks write to the descriptors themselves, see output.ts. */
const UNREAD = { stdout: true, stderr: true } as const;

/** In a job of more ranks, V8's room for young objects (up to 48 MB a thread) would be most of its memory. */
const MANY_RANKS = 32;
const MANY_LIMITS = { maxYoungGenerationSizeMb: 4 };

const isLeft = (message: unknown): message is Left =>
  typeof message === 'object' && message !== null && 'unread' in message;

/** Spawned ranks of before may still be about to end. */
const MAKE_ROOM_MS = 30_000;
const LOOK_MS = 20;

/**
 * The ranks of a job over threads, spawned ones too. This thread only watches: whichever way a rank ends badly, all end, and the exit
 * code says so.
 */
export class ThreadsJob {
  readonly #workers = new Map<number, Worker>();
  readonly #names = new Map<number, string>();
  readonly #leftovers: Leftovers;
  /** Ranks that end by themselves, without a thread of ours. */
  readonly #outside = new Set<number>();
  readonly #scripts = new Map<string, Promise<Prepared>>();
  readonly #supervisor: Supervisor;
  readonly #gate = new Int32Array(new SharedArrayBuffer(4));
  #spawns = 0;
  #over = false;
  /** The largest exit code of the ranks that have ended. */
  #code = 0;
  /** Ends the job a while after a rank has called process.exit. */
  #called: NodeJS.Timeout | undefined;

  constructor(
    readonly memory: ThreadsMemory,
    readonly env: NodeJS.ProcessEnv,
    readonly label: boolean,
    readonly events: JobEvents,
    /** Where scripts of spawned ranks are prepared; undefined: with other temporary files. */
    readonly folder?: string,
  ) {
    this.#leftovers = new Leftovers(memory);
    this.#supervisor = supervise(
      memory,
      (report) => this.#end(1, `flotilla: ${report}`),
      (rank) => this.#nameOf(rank),
    );
  }

  /** Starts the thread of a rank. */
  start(
    rank: number,
    { url, starts }: Omit<Prepared, 'dispose'>,
    settings: RankSettings,
    family?: Family,
    env: NodeJS.ProcessEnv = this.env,
  ): void {
    const { port1, port2 } = new MessageChannel();
    this.serve(port1, rank);
    const file = new URL(starts ? url : './rank-worker.js', import.meta.url);
    const data: WorkerData = {
      flotilla: { memory: this.memory, rank, port: port2, family },
      run: url,
      settings,
      name: this.#nameOf(rank),
      gate: this.#gate,
    };
    const worker = new Worker(file, {
      workerData: data,
      env,
      transferList: [port2],
      resourceLimits: this.memory.size > MANY_RANKS ? MANY_LIMITS : {},
      ...UNREAD,
    });
    worker.on('error', (error: unknown) => this.#end(1, `${this.#nameOf(rank)}: ${describeError(error)}`));
    worker.on('exit', (code) => {
      // What it said last may not have been heard yet.
      for (let said; (said = receiveMessageOnPort(port1)) !== undefined;)
        if (isLeft(said.message)) this.#heard(rank, said.message);
      port1.close();
      this.#ended(rank, code);
    });
    this.#workers.set(rank, worker);
  }

  /** Hears what a rank asks for. */
  serve(port: MessagePort, rank: number): void {
    port.on('message', (message: SpawnRequest | Left) => {
      if (isLeft(message)) return this.#heard(rank, message);
      void this.#spawn(message).then((reply) => {
        port.postMessage(reply);
        this.wake(rank);
      });
    });
  }

  /** The same for a rank that is no thread of ours: the job is over when it has ended too. */
  awaits(port: MessagePort, rank: number): void {
    this.#outside.add(rank);
    this.serve(port, rank);
  }

  #heard(rank: number, left: Left): void {
    this.#leftovers.add(rank, this.#nameOf(rank), left);
    if (this.#outside.delete(rank)) this.#done();
  }

  /** Wakes a rank that sleeps. */
  wake(rank: number): void {
    this.#supervisor.wake(rank);
  }

  #ended(rank: number, code: number): void {
    const orderly = this.#supervisor.ended(rank);
    this.#workers.delete(rank);
    if (this.#over) return;
    const aborted = this.#supervisor.aborted();
    if (aborted !== undefined) return this.#end(aborted);
    this.#code = Math.max(this.#code, code);
    if (code === UNSETTLED && !orderly) return this.#endBecause(rank, code);
    if (code !== 0 && !orderly) this.#called ??= setTimeout(() => this.#endBecause(rank, code), TOGETHER_MS);
    this.#done();
  }

  #done(): void {
    if (this.#over || this.#workers.size > 0 || this.#outside.size > 0) return;
    clearTimeout(this.#called);
    mapStacks();
    this.events.done(this.#leftovers.lines(), this.#code);
  }

  #endBecause(rank: number, code: number): void {
    const why = code === UNSETTLED ? ', its top-level await was never settled' : '';
    this.#end(code, `flotilla: ${this.#nameOf(rank)} has ended with exit code ${code}${why}: the job ends`);
  }

  #end(code: number, ...lines: string[]): void {
    if (this.#over) return;
    for (const line of lines) process.stderr.write(`${line}\n`);
    this.end(code);
  }

  /** Ends all ranks. */
  end(code: number): void {
    if (this.#over) return;
    this.#over = true;
    this.stop();
    clearTimeout(this.#called);
    this.events.failed(code, Promise.all([...this.#workers.values()].map((worker) => worker.terminate())));
  }

  /** Nothing more is to be watched. */
  stop(): void {
    this.#supervisor.stop();
  }

  #nameOf(rank: number): string {
    return this.#names.get(rank) ?? `rank ${rank}`;
  }

  async #spawn({ program, family }: SpawnRequest): Promise<SpawnReply> {
    const { script, args, ranks } = program;
    try {
      const prepared = await this.#prepare(script);
      const children = await this.#admit(ranks);
      if (children === undefined) {
        return {
          refusal: `${ranks} more ranks do not fit: over threads this job has room for ${room(this.memory)} spawned ranks at a time`,
        };
      }
      const spawn = ++this.#spawns;
      const settings = { script, args, label: this.label };
      children.forEach((rank, index) => {
        this.#names.set(rank, `rank ${index} of spawn ${spawn}`);
        this.start(rank, prepared, settings, { ...family, children }, environmentOf(program));
      });
      return { children };
    } catch (error) {
      return { refusal: error instanceof Error ? error.message : String(error) };
    }
  }

  #prepare(script: string): Promise<Prepared> {
    let prepared = this.#scripts.get(script);
    if (prepared === undefined) {
      prepared = prepare(script, true, this.folder);
      this.#scripts.set(script, prepared);
    }
    return prepared;
  }

  async #admit(ranks: number): Promise<Int32Array | undefined> {
    if (ranks > room(this.memory)) return undefined;
    const until = performance.now() + MAKE_ROOM_MS;
    while (performance.now() < until) {
      const numbers = admit(
        this.memory,
        ranks,
        (rank) => this.#workers.has(rank),
        (rank) => this.#leftovers.empty(rank),
      );
      if (numbers !== undefined) {
        this.#supervisor.begun(ranks);
        return numbers;
      }
      await pause(LOOK_MS);
    }
    return undefined;
  }
}
