import { MpiError } from '../fabric/error.ts';
import type { Carrier } from '../fabric/fabric.ts';
import type { Irregular } from '../fabric/memory.ts';
import { allocateBytes, contiguous, split, type Outgoing } from '../fabric/message.ts';
import { decode } from './codec/decode.ts';
import {
  BY_ITSELF,
  blockOf,
  broadcast,
  lengthOf,
  lengthToAll,
  received,
  receiveApart,
  sendApart,
  swapApart,
} from './large-values.ts';
import type { Op } from './ops.ts';
import { PointToPointMemory } from './point-to-point-memory.ts';

/** What a broadcast sends at once: the length, and as much of the message as fits. */
const FIRST_BYTES = 1024;

/** Results of a reduction: of 1 and 2 comes a number, not the type `1`. */
export type Reduced<V> = V extends number
  ? number
  : V extends bigint
    ? bigint
    : V extends boolean
      ? boolean
      : V extends string
        ? string
        : V;

/**
 * Collectives on values (MPI 4.1 §6): every rank of the communicator calls the same one. Values are encoded once and travel as bytes.
 *
 * Reductions gather the operands and combine them in rank order, on every fabric alike: the result does not depend on layout or
 * fabric, to the last bit. That costs memory for all operands where the result is; large arrays want the Uppercase calls.
 */
export class Collectives extends PointToPointMemory {
  /** Returns when all ranks have called it (§6.3). */
  barrier(): void {
    this.enter('barrier').barrier();
  }

  /** The root's value, on every rank (§6.4). */
  bcast<T>(value: T | undefined, root = 0): T {
    const carrier = this.enter('bcast');
    this.checkRoot(root);
    const first = new Float64Array(FIRST_BYTES / 8);
    const firstBytes = new Uint8Array(first.buffer, 8);
    let all: Uint8Array | undefined;
    let message: Outgoing | undefined;
    if (this.rank === root) {
      message = this.encode(value);
      first[0] = lengthToAll(message);
      if (first[0] !== BY_ITSELF) {
        all = contiguous(message);
        firstBytes.set(all.subarray(0, firstBytes.length));
      }
    }
    carrier.bcast(first, root);
    const length = first[0]!;
    if (length === BY_ITSELF) {
      const incoming = broadcast(carrier, message, root);
      return incoming === undefined ? (value as T) : decode<T>(incoming);
    }
    if (this.rank !== root) all = allocateBytes(length);
    if (length > firstBytes.length) carrier.bcast(all!.subarray(firstBytes.length), root);
    if (this.rank === root) return value as T;
    all!.set(firstBytes.subarray(0, Math.min(length, firstBytes.length)));
    return decode<T>(split(all!, 0));
  }

  /** Element i of the root's list to rank i (§6.6). Other ranks give nothing. */
  scatter<T>(values?: readonly T[], root = 0): T {
    const carrier = this.enter('scatter');
    this.checkRoot(root);
    const messages = this.rank === root ? this.encodeList(values) : null;
    const lengths = messages && this.#lengthsOf(messages);
    const length = new Float64Array(1);
    carrier.scatter(lengths, length, root);
    const own = allocateBytes(Math.max(0, length[0]!));
    carrier.scatterv(messages && this.#pack(messages), own, root);
    messages?.forEach((message, dest) => {
      if (dest !== root && lengths![dest] === BY_ITSELF) sendApart(carrier, message, dest);
    });
    if (length[0] !== BY_ITSELF) return decode<T>(split(own, 0));
    return messages ? decode<T>(received(messages[root]!)) : receiveApart<T>(carrier, root, decode);
  }

  /** All ranks' values in rank order at the root, undefined elsewhere (§6.5). */
  gather<T>(value: T, root = 0): T[] | undefined {
    const carrier = this.enter('gather');
    this.checkRoot(root);
    return this.#gather<T>(carrier, value, root);
  }

  /** All ranks' values in rank order, on every rank (§6.7). */
  allgather<T>(value: T): T[] {
    return this.#allgather(this.enter('allgather'), value);
  }

  /** Element j goes to rank j; element i of the result came from rank i (§6.8). */
  alltoall<T>(values: readonly T[]): T[] {
    const carrier = this.enter('alltoall');
    const messages = this.encodeList(values);
    const sent = this.#lengthsOf(messages);
    const lengths = new Float64Array(this.size);
    carrier.alltoall(sent, lengths);
    const incoming = room(lengths);
    carrier.alltoall(this.#pack(messages), incoming);
    // All ranks go through the pairs in one order, by the lower rank and then by the higher one: nobody waits for one that waits for it.
    const large = messages.map((message, peer) => {
      const [goes, comes] = [sent[peer] === BY_ITSELF, lengths[peer] === BY_ITSELF];
      if (!goes && !comes) return undefined;
      if (peer === this.rank) return decode<T>(received(message));
      return swapApart<T>(carrier, peer, goes ? message : undefined, comes, decode);
    });
    return unpack<T>(incoming, lengths, (peer) => large[peer] as T);
  }

  /** The ranks' values combined in rank order, at the root; undefined elsewhere (§6.9.1). */
  reduce<const V>(value: V, op: Op<V>, root = 0): Reduced<V> | undefined {
    const carrier = this.enter('reduce');
    this.checkRoot(root);
    const operands = this.#gather<V>(carrier, value, root);
    return operands && this.combine('reduce', operands, op);
  }

  /** The ranks' values combined in rank order, on every rank (§6.9.6). */
  allreduce<const V>(value: V, op: Op<V>): Reduced<V> {
    return this.combine('allreduce', this.#allgather(this.enter('allreduce'), value), op);
  }

  /** The values of ranks 0 to this one combined (§6.11.1). */
  scan<const V>(value: V, op: Op<V>): Reduced<V> {
    return this.combine('scan', this.#allgather(this.enter('scan'), value).slice(0, this.rank + 1), op);
  }

  /** The values of the ranks below this one combined; undefined on rank 0 (§6.11.2). */
  exscan<const V>(value: V, op: Op<V>): Reduced<V> | undefined {
    const below = this.#allgather(this.enter('exscan'), value).slice(0, this.rank);
    return below.length === 0 ? undefined : this.combine('exscan', below, op);
  }

  #gather<T>(carrier: Carrier, value: T, root: number): T[] | undefined {
    const message = this.encode(value);
    const own = blockOf(message, this.size);
    const length = Float64Array.of(lengthOf(message, this.size));
    if (this.rank !== root) {
      carrier.gather(length, null, root);
      carrier.gatherv(own, null, root);
      if (length[0] === BY_ITSELF) sendApart(carrier, message, root);
      return undefined;
    }
    const lengths = new Float64Array(this.size);
    carrier.gather(length, lengths, root);
    const blocks = room(lengths);
    carrier.gatherv(own, blocks, root);
    return unpack<T>(blocks, lengths, (source) =>
      source === root ? decode<T>(received(message)) : receiveApart<T>(carrier, source, decode),
    );
  }

  #allgather<T>(carrier: Carrier, value: T): T[] {
    const message = this.encode(value);
    const lengths = new Float64Array(this.size);
    carrier.allgather(Float64Array.of(lengthOf(message, this.size)), lengths);
    const blocks = room(lengths);
    carrier.allgather(blockOf(message, this.size), blocks);
    return unpack<T>(blocks, lengths, (source) => {
      const mine = source === this.rank ? message : undefined;
      return decode<T>(broadcast(carrier, mine, source) ?? received(message));
    });
  }

  #lengthsOf(messages: readonly Outgoing[]): Float64Array {
    return Float64Array.from(messages, (message) => lengthOf(message, this.size));
  }

  #pack(messages: readonly Outgoing[]): Irregular {
    const blocks = messages.map((message) => blockOf(message, this.size));
    return layOut(
      Buffer.concat(blocks),
      blocks.map((block) => block.length),
    );
  }

  /** `operation` is the call that this is for: it may have been made some time ago. */
  protected combine<V>(operation: string, values: readonly V[], op: Op<V>): Reduced<V> {
    try {
      return values.reduce((left, right) => op.combine(left, right) as V) as Reduced<V>;
    } catch (cause) {
      if (!(cause instanceof TypeError) || op.code < 0) throw cause;
      throw new MpiError('ERR_OP', cause.message, { operation, rank: this.rank, cause });
    }
  }

  /** A message for each rank. */
  protected encodeList(values: readonly unknown[] | undefined): Outgoing[] {
    if (!Array.isArray(values))
      throw this.refuse('ERR_TYPE', 'a list with one value for each rank is needed');
    if (values.length === this.size) return values.map((value: unknown) => this.encode(value, true));
    throw this.refuse('ERR_COUNT', `the list has ${values.length} values for ${this.size} ranks`);
  }
}

function layOut(data: Uint8Array, counts: readonly number[]): Irregular {
  let end = 0;
  return { data, counts, displs: counts.map((count) => (end += count) - count) };
}

/** Where messages of these lengths are to come, but for those that come by themselves. */
function room(lengths: Float64Array): Irregular {
  const counts = Array.from(lengths, (length) => Math.max(0, length));
  return layOut(allocateBytes(counts.reduce((sum, count) => sum + count, 0)), counts);
}

/** The values in rank order; `large` gives those that come by themselves. */
function unpack<T>({ data, displs }: Irregular, lengths: Float64Array, large: (rank: number) => T): T[] {
  return displs.map((start, rank) =>
    lengths[rank] === BY_ITSELF ? large(rank) : decode<T>(split(data as Uint8Array, start)),
  );
}
