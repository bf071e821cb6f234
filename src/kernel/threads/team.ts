import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { KernelError } from '../error.ts';
import type { Entry, WasmMemory, WasmModule } from '../wasm/api.ts';
import { helperSource, QUEUE_WORDS, Word } from './helper.ts';

/** What helper threads need to run a kernel: a module of WebAssembly, or a compiled file and where the memory begins. */
export type Portable = { readonly module: WasmModule } | { readonly file: string; readonly address: number };

/** Looks at the helpers' counter before this thread sleeps. */
const SPIN = 20_000;
/** Parts of a run for each thread: a thread that gets no core in time leaves its own to the others. */
const PARTS = 4;

/**
 * Helper threads of one memory. A run is cut along its slowest dimension into a range for each thread, and each range into parts. A thread computes
 * the parts of its own range, the same from run to run, which its cache may still have, and then those that other threads have not come to:
 * where they get no core, the caller computes everything itself and waits for nobody.
 */
export class Team {
  static readonly #teams = new WeakMap<WasmMemory, Map<number, Team>>();
  readonly #control: Int32Array;
  readonly #ports: MessagePort[] = [];
  readonly #known = new WeakMap<Entry, number>();
  #kernels = 0;

  private constructor(
    memory: WasmMemory,
    /** Threads, this one included. */
    readonly size: number,
  ) {
    this.#control = new Int32Array(new SharedArrayBuffer(4 * (Word.LEFT + QUEUE_WORDS * size)));
    for (let index = 1; index < size; index++) {
      const { port1, port2 } = new MessageChannel();
      const workerData = { control: this.#control, memory, port: port2, index, size };
      const worker = new Worker(helperSource(), {
        eval: true,
        workerData,
        transferList: [port2],
        execArgv: [],
      });
      // They wait for work as long as the program runs, and end with it.
      worker.unref();
      port1.unref();
      this.#ports.push(port1);
    }
  }

  static of(memory: WasmMemory, size: number): Team {
    const teams = Team.#teams.get(memory) ?? new Map<number, Team>();
    Team.#teams.set(memory, teams);
    const team = teams.get(size) ?? new Team(memory, size);
    teams.set(size, team);
    return team;
  }

  /** An entry whose runs are shared by the team. */
  shared(kernel: string, entry: Entry, portable: Portable): Entry {
    return (block, x0, x1, y0, y1, z0, z1) => {
      let id = this.#known.get(entry);
      if (id === undefined) {
        id = this.#kernels++;
        this.#known.set(entry, id);
        for (const port of this.#ports) port.postMessage({ id, ...portable });
      }
      this.#run(kernel, id, entry, block, [x0, x1, y0, y1, z0, z1]);
    };
  }

  #run(kernel: string, id: number, entry: Entry, block: number, box: readonly number[]): void {
    const control = this.#control;
    const dim = box[5]! - box[4]! > 1 ? 2 : box[3]! - box[2]! > 1 ? 1 : 0;
    const length = box[2 * dim + 1]! - box[2 * dim]!;
    const parts = Math.min(PARTS, Math.ceil(length / this.size));
    control[Word.KERNEL] = id;
    control[Word.BLOCK] = block;
    control[Word.DIM] = dim;
    control[Word.PARTS] = parts;
    for (let i = 0; i < 6; i++) control[Word.BOX + i] = box[i]!;
    Atomics.store(control, Word.DONE, 0);
    for (let queue = 0; queue < this.size; queue++) Atomics.store(control, leftOf(queue), parts);
    Atomics.add(control, Word.TURN, 1);
    // All that sleep are woken, once: until one of them sleeps again there is nobody to be woken.
    if (Atomics.load(control, Word.SLEEPING) !== 0) {
      Atomics.store(control, Word.SLEEPING, 0);
      Atomics.notify(control, Word.TURN);
    }
    const own = [...box];
    try {
      for (let queue = 0; queue < this.size; queue++) this.#work(queue, parts, dim, entry, block, box, own);
    } finally {
      this.#join(parts * this.size);
    }
    if (Atomics.exchange(control, Word.FAILED, 0) !== 0)
      throw new KernelError('ERR_ENGINE', kernel, 'a helper thread could not run its part');
  }

  /** Computes the parts of a queue that are left. */
  #work(
    queue: number,
    parts: number,
    dim: number,
    entry: Entry,
    block: number,
    box: readonly number[],
    own: number[],
  ): void {
    const control = this.#control;
    const left = leftOf(queue);
    const low = box[2 * dim]!;
    const length = box[2 * dim + 1]! - low;
    const cut = (part: number) => low + Math.floor((length * (queue * parts + part)) / (parts * this.size));
    for (let n = Atomics.sub(control, left, 1); n > 0; n = Atomics.sub(control, left, 1)) {
      own[2 * dim] = cut(n - 1);
      own[2 * dim + 1] = cut(n);
      try {
        entry(block, own[0]!, own[1]!, own[2]!, own[3]!, own[4]!, own[5]!);
      } finally {
        Atomics.add(control, Word.DONE, 1);
      }
    }
  }

  /** Waits for the parts that helpers are computing. */
  #join(all: number): void {
    const control = this.#control;
    let done = Atomics.load(control, Word.DONE);
    for (let n = 0; n < SPIN && done < all; n++) done = Atomics.load(control, Word.DONE);
    if (done === all) return;
    Atomics.store(control, Word.JOINING, 1);
    for (done = Atomics.load(control, Word.DONE); done < all; done = Atomics.load(control, Word.DONE))
      Atomics.wait(control, Word.DONE, done);
    Atomics.store(control, Word.JOINING, 0);
  }
}

const leftOf = (queue: number) => Word.LEFT + QUEUE_WORDS * queue;
