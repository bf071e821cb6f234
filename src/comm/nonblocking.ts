import type { Outgoing } from '../fabric/message.ts';
import { decode } from './codec/decode.ts';
import type { Reduced } from './collectives.ts';
import { CollectivesMemory } from './collectives-memory.ts';
import { received } from './large-values.ts';
import type { Op } from './ops.ts';
import { Request } from './request.ts';

/**
 * Non-blocking collectives on values (MPI 4.1 §6.12): each begins what the call of the same name without the i does, and its request gives what
 * that returns. Values are copied at once and may change. All ranks begin the collectives of a communicator, blocking or not, in the same
 * order (over threads another is ERR_MISMATCH); they may complete in any. Such a request cannot be cancelled.
 */
export class NonblockingCollectives extends CollectivesMemory {
  /** Begins barrier: complete when all ranks have called it (§6.12.1). */
  ibarrier(): Request<void> {
    const { fabric, nonblocking } = this.enter('ibarrier');
    return new Request<void>({ fabric, operation: nonblocking.barrier() }, () => undefined);
  }

  /** Begins bcast (§6.12.2). The root sends to each rank: trees need ranks that pass on, and these may be computing. */
  ibcast<T>(value: T | undefined, root = 0): Request<T> {
    this.enter('ibcast');
    this.checkRoot(root);
    if (this.rank !== root) return this.#fromRoot(root);
    return this.#exchange<T, T>(this.#for(this.#ranks(0), value), [], root, () => value as T);
  }

  /** Begins scatter (§6.12.4). */
  iscatter<T>(values?: readonly T[], root = 0): Request<T> {
    this.enter('iscatter');
    this.checkRoot(root);
    if (this.rank !== root) return this.#fromRoot(root);
    return this.#exchange<T, T>(this.encodeList(values), [root], root, ([own]) => own!);
  }

  /** Begins gather (§6.12.3). */
  igather<T>(value: T, root = 0): Request<T[] | undefined> {
    this.enter('igather');
    return this.#gather<T, T[]>(value, root, (all) => all);
  }

  /** Begins allgather (§6.12.5). */
  iallgather<T>(value: T): Request<T[]> {
    this.enter('iallgather');
    const everyone = this.#ranks(0);
    return this.#exchange<T, T[]>(this.#for(everyone, value), everyone, -1, (all) => all);
  }

  /** Begins alltoall (§6.12.6). */
  ialltoall<T>(values: readonly T[]): Request<T[]> {
    this.enter('ialltoall');
    return this.#exchange<T, T[]>(this.encodeList(values), this.#ranks(0), -1, (all) => all);
  }

  /** Begins reduce (§6.12.7). The operands are combined when the result is asked for. */
  ireduce<const V>(value: V, op: Op<V>, root = 0): Request<Reduced<V> | undefined> {
    this.enter('ireduce');
    return this.#gather<V, Reduced<V>>(value, root, (all) => this.combine('ireduce', all, op));
  }

  /** Begins allreduce (§6.12.8). */
  iallreduce<const V>(value: V, op: Op<V>): Request<Reduced<V>> {
    this.enter('iallreduce');
    const everyone = this.#ranks(0);
    return this.#exchange<V, Reduced<V>>(this.#for(everyone, value), everyone, -1, (all) =>
      this.combine('iallreduce', all, op),
    );
  }

  /** Begins scan (§6.12.11). */
  iscan<const V>(value: V, op: Op<V>): Request<Reduced<V>> {
    this.enter('iscan');
    return this.#exchange<V, Reduced<V>>(
      this.#for(this.#ranks(this.rank), value),
      this.#ranks(0, this.rank + 1),
      -1,
      (all) => this.combine('iscan', all, op),
    );
  }

  /** Begins exscan (§6.12.12). */
  iexscan<const V>(value: V, op: Op<V>): Request<Reduced<V> | undefined> {
    this.enter('iexscan');
    return this.#exchange<V, Reduced<V> | undefined>(
      this.#for(this.#ranks(this.rank), value),
      this.#ranks(0, this.rank),
      -1,
      (below) => (below.length === 0 ? undefined : this.combine('iexscan', below, op)),
    );
  }

  #fromRoot<T>(root: number): Request<T> {
    return this.#exchange<T, T>([], [root], root, ([value]) => value!);
  }

  #gather<T, R>(value: T, root: number, finish: (all: T[]) => R): Request<R | undefined> {
    this.checkRoot(root);
    const outgoing = this.#for([root], value);
    if (this.rank !== root) return this.#exchange(outgoing, [], root, () => undefined);
    return this.#exchange(outgoing, this.#ranks(0), root, finish);
  }

  /** Sends `outgoing[r]` to rank r; `finish` gets the values that came from `sources`, in that order. */
  #exchange<T, R>(
    outgoing: readonly (Outgoing | undefined)[],
    sources: readonly number[],
    root: number,
    finish: (values: T[]) => R,
  ): Request<R> {
    const { rank } = this;
    const { fabric, nonblocking } = this.carrier;
    // The own rank's does not travel, but arrives as a copy like the others.
    const own = sources.includes(rank) ? received(outgoing[rank]!) : undefined;
    const operation = nonblocking.exchange(
      outgoing.map((message, dest) => (dest === rank ? undefined : message)),
      sources.filter((source) => source !== rank),
      root,
    );
    const from = (source: number) => decode<T>((source === rank ? own : operation.messages[source])!);
    return new Request({ fabric, operation }, () => finish(sources.map(from)));
  }

  /** One message for several ranks. */
  #for(ranks: readonly number[], value: unknown): (Outgoing | undefined)[] {
    const message = this.encode(value, true);
    const outgoing = new Array<Outgoing | undefined>(this.size).fill(undefined);
    for (const rank of ranks) outgoing[rank] = message;
    return outgoing;
  }

  #ranks(from: number, to: number = this.size): number[] {
    return Array.from({ length: to - from }, (_, i) => from + i);
  }
}
