import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { KernelError } from '../error.ts';
import type { Entry, WasmMemory, WasmModule } from '../wasm/api.ts';
import { helperSource, PART_WORDS, Word } from './helper.ts';

/** What helper threads need to run a kernel: a module of WebAssembly, or a compiled file and where the memory begins. */
export type Portable = { readonly module: WasmModule } | { readonly file: string; readonly address: number };

/** Looks at the helpers' counter before this thread sleeps. */
const SPIN = 20_000;

/** Helper threads of one memory: a run of a kernel is cut into parts along its slowest dimension, of which this thread computes the first. */
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
    this.#control = new Int32Array(new SharedArrayBuffer(4 * (Word.PARTS + PART_WORDS * size)));
    for (let index = 0; index < size - 1; index++) {
      const { port1, port2 } = new MessageChannel();
      const workerData = { control: this.#control, memory, port: port2, index };
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
    const dim = box[5]! - box[4]! > 1 ? 4 : box[3]! - box[2]! > 1 ? 2 : 0;
    const low = box[dim]!;
    const length = box[dim + 1]! - low;
    const cut = (part: number) => low + Math.floor((length * part) / this.size);
    for (let index = 0; index < this.size - 1; index++) {
      const part = Word.PARTS + PART_WORDS * index;
      control[part] = id;
      control[part + 1] = block;
      for (let i = 0; i < 6; i++) control[part + 2 + i] = box[i]!;
      control[part + 2 + dim] = cut(index + 1);
      control[part + 3 + dim] = cut(index + 2);
    }
    Atomics.store(control, Word.DONE, 0);
    Atomics.add(control, Word.TURN, 1);
    if (Atomics.load(control, Word.SLEEPING) > 0) Atomics.notify(control, Word.TURN);
    const own = [...box];
    own[dim + 1] = cut(1);
    entry(block, own[0]!, own[1]!, own[2]!, own[3]!, own[4]!, own[5]!);
    this.#join();
    if (Atomics.exchange(control, Word.FAILED, 0) !== 0)
      throw new KernelError('ERR_ENGINE', kernel, 'a helper thread could not run its part');
  }

  #join(): void {
    const control = this.#control;
    const all = this.size - 1;
    let done = Atomics.load(control, Word.DONE);
    for (let n = 0; n < SPIN && done < all; n++) done = Atomics.load(control, Word.DONE);
    while (done < all) {
      Atomics.wait(control, Word.DONE, done);
      done = Atomics.load(control, Word.DONE);
    }
  }
}
