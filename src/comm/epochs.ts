/** Who else may hold a lock on the same memory: other sharers, or nobody. */
export type LockType = 'shared' | 'exclusive';

/**
 * Which epochs of a window are open on this rank (MPI 4.1 §12.5). Each method notes a synchronization and returns undefined, or says why
 * it is not allowed now.
 */
export class Epochs {
  #fence: 'closed' | 'open' | 'used' = 'closed';
  #all = false;
  readonly #locks = new Map<number, LockType>();

  /** An access to a rank's memory; `passive`: one that only locks allow. */
  access(target: number, passive: boolean): string | undefined {
    if (this.#all || this.#locks.has(target)) return undefined;
    if (passive) return `the memory of rank ${target} is not locked: lock(${target}) or lockAll() first`;
    if (this.#fence === 'closed') {
      return `no epoch is open for the memory of rank ${target}: fence(), lock(${target}) or lockAll() first`;
    }
    this.#fence = 'used';
    return undefined;
  }

  fence(): string | undefined {
    if (this.#locked()) return `${this.#who()} locked: unlock before fence()`;
    this.#fence = 'open';
    return undefined;
  }

  lock(target: number, type: LockType): string | undefined {
    if (this.#fence === 'used') return 'accesses since the last fence are under way: fence() before locks';
    if (this.#all || this.#locks.has(target))
      return `this rank has locked the memory of rank ${target} already`;
    this.#fence = 'closed';
    this.#locks.set(target, type);
    return undefined;
  }

  /** The lock that this rank holds on a rank's memory. */
  held(target: number): LockType | undefined {
    return this.#locks.get(target);
  }

  unlock(target: number): string | undefined {
    if (this.#locks.delete(target)) return undefined;
    return `lock(${target}) has not been called${this.#all ? ', but lockAll()' : ''}`;
  }

  lockAll(): string | undefined {
    if (this.#fence === 'used') return 'accesses since the last fence are under way: fence() before locks';
    if (this.#locked()) return `${this.#who()} locked already`;
    this.#fence = 'closed';
    this.#all = true;
    return undefined;
  }

  unlockAll(): string | undefined {
    if (!this.#all) return 'lockAll() has not been called';
    this.#all = false;
    return undefined;
  }

  /** A flush of everything. */
  flushAll(): string | undefined {
    return this.#locked() ? undefined : 'nothing is locked: there is nothing to flush';
  }

  free(): string | undefined {
    if (this.#locked()) return `${this.#who()} locked: unlock before free()`;
    return this.#fence === 'used'
      ? 'accesses since the last fence are under way: fence() before free()'
      : undefined;
  }

  #locked(): boolean {
    return this.#all || this.#locks.size > 0;
  }

  #who(): string {
    return this.#all ? 'all ranks are' : `rank ${[...this.#locks.keys()].join(', ')} is`;
  }
}
