import type { Carrier } from '../../fabric/fabric.ts';
import { Kind, type TypedArray } from '../../fabric/memory.ts';
import type { WindowCarrier } from '../../fabric/window.ts';
import { allNumbers, Handle, refusal } from '../handle.ts';
import { NO_OP, REPLACE, SUM } from '../ops.ts';

/** Options of what ranks synchronize by. */
export interface SyncOptions {
  /**
   * The rank in whose memory the state lies, the same on all ranks. Over MPICH, ranks that compute for long make others
   * wait for accesses to their memory: choose one that often calls. Default 0.
   */
  readonly root?: number;
}

/** Where the state lies, and what carries it. */
export interface Place {
  readonly carrier: Carrier;
  readonly window: WindowCarrier;
  readonly root: number;
}

/** Elements of the state: counters need more than 32 bits. */
type Words = typeof Kind.Int32 | typeof Kind.Float64;

/**
 * Collective: `length` zeros in the memory of the root, and a context of its own for messages. All ranks must give the
 * same `numbers`, which describe what is made, or all of them get an error.
 */
export function makePlace(
  made: Carrier,
  name: string,
  numbers: readonly number[],
  length: number,
  options: SyncOptions,
  kind: Words = Kind.Int32,
): Place {
  const { root = 0 } = options;
  const { size } = made;
  const all = allNumbers(made, root, ...numbers);
  all.forEach((theirs, other) => {
    if (theirs.some((number, i) => !Object.is(number, all[0]![i])))
      throw refusal(made, 'ERR_ARG', `rank 0 and rank ${other} describe different things`);
  });
  if (root >>> 0 !== root || root >= size)
    throw refusal(made, 'ERR_ROOT', `rank ${String(root)} cannot hold the state: ranks are 0 to ${size - 1}`);
  if (!numbers.every(Number.isFinite))
    throw refusal(made, 'ERR_ARG', 'a number that it is to be made with is out of range, or not finite');
  const carrier = made.dup(name.toLowerCase());
  carrier.operation = `${name}.create`;
  const lengths = Array.from({ length: size }, (_, r) => (r === root ? length : 0));
  const window = carrier.window(kind, lengths, false);
  return { carrier, window, root };
}

/**
 * What ranks synchronize by: words in the memory of one rank that all change one-sided (MPI 4.1 §12), and a context for the
 * messages by which a rank that waits is woken, so that nobody polls.
 */
export class SharedWords extends Handle {
  readonly #window: WindowCarrier;
  readonly #root: number;
  readonly #kind: number;

  /** @internal */
  protected constructor({ carrier, window, root }: Place, kind: Words = Kind.Int32) {
    super(carrier);
    this.#window = window;
    this.#root = root;
    this.#kind = kind;
    window.lockAll();
  }

  /** Adds to a word; gives what was there. */
  protected add(at: number, value: number): number {
    return this.#fetch(at, value, SUM);
  }

  /** Writes a word; gives what was there. */
  protected swap(at: number, value: number): number {
    return this.#fetch(at, value, REPLACE);
  }

  protected read(at: number): number {
    return this.#fetch(at, 0, NO_OP);
  }

  /** Writes a word where `expected` is found; gives what was there. */
  protected compareAndSwap(at: number, expected: number, value: number): number {
    const result = this.#one(0);
    this.#window.compareAndSwap(this.#one(expected), this.#one(value), result, this.#root, at);
    return Number(result[0]);
  }

  /** Collective. `inUse`: why this rank cannot free it now; then all ranks get an error. */
  protected freeUnless(inUse: string | undefined, what: string): void {
    checkUnused(this.carrier, inUse, what);
    this.#window.unlockAll();
    this.#window.free();
    this.carrier.free();
    this.endWith(`${what} has been freed`);
  }

  #fetch(at: number, value: number, op: typeof SUM | typeof REPLACE): number {
    const result = this.#one(0);
    this.#window.fetchAndOp(this.#one(value), result, this.#root, at, op);
    return Number(result[0]);
  }

  #one(value: number): TypedArray {
    return this.#kind === Kind.Int32 ? Int32Array.of(value) : Float64Array.of(value);
  }
}

/** Collective. An error on all ranks when one says why it cannot be freed now. */
export function checkUnused(carrier: Carrier, inUse: string | undefined, what: string): void {
  const users = allNumbers(carrier, Number(inUse !== undefined));
  if (inUse !== undefined) throw refusal(carrier, 'ERR_RMA_SYNC', inUse);
  const user = users.findIndex(([uses]) => uses === 1);
  if (user >= 0) throw refusal(carrier, 'ERR_RMA_SYNC', `rank ${user} still uses ${what}`, user);
}
