import { availableParallelism } from 'node:os';
import { World, type ThreadsMemory } from './memory.ts';
import { yielder } from '../../internal/index.ts';

/** Looks at what ends a wait in a collective before the rank sees to its messages, and may sleep. */
export const LOOKS = 2000;

/** Times that a rank gives its core away before it sleeps, and times more for each rank it waits for: so long does it take to wake them all. */
const YIELDS = 40;
const YIELDS_A_RANK = 16;

/** A rank that computes keeps a core that was given to it for its whole turn, some milliseconds. */
const TURN_MS = 1;
/** After such a turn a rank does not yield for a while, and for longer each time. */
const FIRST_REST_MS = 0.1;
const LONGEST_REST_MS = 20;

/** How a rank waits: it looks, gives its core to others between the looks where these need it, and sleeps in the end. */
export class Backoff {
  /** More ranks than cores: whoever spins keeps another rank from running. */
  readonly oversubscribed: boolean;
  readonly #words: Int32Array;
  readonly #cores: number = availableParallelism();
  readonly #memory: ThreadsMemory;
  /** Made when it is first needed. */
  #yieldCore: (() => boolean) | undefined;
  /** Until when it does not yield, and for how long that was. */
  #restsUntil = 0;
  #rest = 0;

  constructor(memory: ThreadsMemory, words: Int32Array) {
    this.#memory = memory;
    this.#words = words;
    this.oversubscribed = memory.size > this.#cores;
  }

  /**
   * Whether to look once more for what so many ranks have to do, after `looks` in vain; false: sleep. Where each rank has a core, it looks up to
   * `most` times; otherwise it yields each time.
   */
  again(looks: number, ranks: number, most: number): boolean {
    if (ranks <= this.#cores && !this.#crowded) return looks < most;
    return looks < YIELDS + YIELDS_A_RANK * ranks && this.#yield();
  }

  /** Whether there are more ranks awake than cores. */
  get #crowded(): boolean {
    return this.oversubscribed && Atomics.load(this.#words, World.AWAKE) > this.#cores;
  }

  /** False where sleeping is better: one that sleeps gets the core back from a rank that computes sooner. */
  #yield(): boolean {
    this.#yieldCore ??= yielder(this.#memory.noPages);
    const before = performance.now();
    if (before < this.#restsUntil || !this.#yieldCore()) return false;
    const after = performance.now();
    if (after - before < TURN_MS) {
      this.#rest = 0;
      return true;
    }
    this.#rest = Math.min(2 * this.#rest + FIRST_REST_MS, LONGEST_REST_MS);
    this.#restsUntil = after + this.#rest;
    return false;
  }
}
