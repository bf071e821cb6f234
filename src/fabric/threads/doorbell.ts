import { Doorbell, Rank, rankBlock, State, Text, World, writeText, type ThreadsMemory } from './memory.ts';
import type { ThreadOperation } from './operation.ts';
import { ANY } from './frame.ts';
import { userLineNow } from '../where.ts';

/** A rank that sleeps longer than this writes down where, for the deadlock report. */
const REPORT_AFTER_MS = 250;

/** Wakes a rank if it sleeps. */
export function ring(words: Int32Array, rank: number): void {
  const doorbell = rankBlock(rank) + Rank.DOORBELL;
  for (;;) {
    const how = Atomics.load(words, doorbell);
    if (how === Doorbell.AWAKE) return;
    // It may go from one kind of sleep to another meanwhile, having looked too early to see what this is about.
    if (Atomics.compareExchange(words, doorbell, how, Doorbell.AWAKE) === how) break;
  }
  Atomics.add(words, World.AWAKE, 1);
  Atomics.notify(words, doorbell);
}

/** How a rank sleeps, and wakes others. Only a sleeper is notified: a notify costs what ten messages cost. */
export class Bell {
  readonly #memory: ThreadsMemory;
  readonly #words: Int32Array;
  readonly #rank: number;
  readonly #block: number;
  #waiting: Promise<void> | undefined;

  constructor(memory: ThreadsMemory, words: Int32Array, rank: number) {
    this.#memory = memory;
    this.#words = words;
    this.#rank = rank;
    this.#block = rankBlock(rank);
  }

  /** Wakes a rank if it sleeps. The caller has stored atomically what there is to wake for. */
  ring(rank: number): void {
    ring(this.#words, rank);
  }

  /** From here on others ring. The caller then looks once more whether there is something to do. */
  prepare(): void {
    this.#become(Doorbell.BLOCKED);
  }

  /** Takes `prepare` back, or ends a sleep. */
  up(): void {
    const how = this.#waiting === undefined ? Doorbell.AWAKE : Doorbell.EVENT_LOOP;
    this.#become(how);
  }

  /** The rank has ended. */
  leave(): void {
    if (Atomics.load(this.#words, this.#block + Rank.DOORBELL) === Doorbell.AWAKE)
      Atomics.sub(this.#words, World.AWAKE, 1);
  }

  #become(how: number): void {
    const before = Atomics.exchange(this.#words, this.#block + Rank.DOORBELL, how);
    const change = Number(how === Doorbell.AWAKE) - Number(before === Doorbell.AWAKE);
    if (change !== 0) Atomics.add(this.#words, World.AWAKE, change);
  }

  /** Sleeps until rung, for one of `operations`. */
  sleep(operations: readonly ThreadOperation[]): void {
    const words = this.#words;
    const doorbell = this.#block + Rank.DOORBELL;
    for (let i = 0; i < 32; i++) words[this.#block + Rank.WAITS_FOR + i] = 0;
    for (const operation of operations) this.#waitFor(operation);
    Atomics.add(words, this.#block + Rank.SLEEPS, 1);
    Atomics.store(words, this.#block + Rank.STATE, State.BLOCKED);
    if (Atomics.wait(words, doorbell, Doorbell.BLOCKED, REPORT_AFTER_MS) === 'timed-out') {
      const calls = operations.map((operation) => operation.describe()).join('; or ');
      // In an awaited request's wait there is no user code on the stack.
      const where = userLineNow() || operations[0]!.where();
      writeText(this.#memory, this.#rank, Text.WAIT, `${calls}\n${where}`);
      Atomics.wait(words, doorbell, Doorbell.BLOCKED);
      writeText(this.#memory, this.#rank, Text.WAIT, '');
    }
    Atomics.store(words, this.#block + Rank.STATE, State.RUNNING);
    this.up();
  }

  /** Sleeps until rung, or for so long at the most, without a word in reports. */
  doze(milliseconds: number): void {
    Atomics.wait(this.#words, this.#block + Rank.DOORBELL, Doorbell.BLOCKED, milliseconds);
    this.up();
  }

  #waitFor({ peer, group }: ThreadOperation): void {
    const peers = peer === ANY ? group.members : [peer];
    for (const rank of peers) {
      if (peer !== ANY || rank !== this.#rank)
        this.#words[this.#block + Rank.WAITS_FOR + (rank >> 5)]! |= 1 << (rank & 31);
    }
  }

  /**
   * Resolves when rung; at once if `busy` finds something to do after the doorbell is set. A pending Atomics.waitAsync does
   * not keep the event loop alive.
   */
  whenRung(busy: () => boolean): Promise<void> {
    this.#waiting ??= this.#listen(busy).finally(() => {
      this.#waiting = undefined;
      this.up();
    });
    return this.#waiting;
  }

  async #listen(busy: () => boolean): Promise<void> {
    const doorbell = this.#block + Rank.DOORBELL;
    this.#become(Doorbell.EVENT_LOOP);
    if (busy()) return;
    const rung = Atomics.waitAsync(this.#words, doorbell, Doorbell.EVENT_LOOP);
    if (rung.async) await rung.value;
  }
}
