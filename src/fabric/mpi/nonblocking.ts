import type { Exchange, Messages, Nonblocking, Operation, Reduction } from '../fabric.ts';
import {
  allocate,
  copy,
  elementsOf,
  kindOf,
  type Irregular,
  type Layout,
  type TypedArray,
} from '../memory.ts';
import { contiguous, messageBytes, type Incoming, type Outgoing } from '../message.ts';
import type { Steps } from '../schedule.ts';
import { arrayOf, irregularCounts, isHuge, isIrregular, knows, Move, pieceOf, Reduce } from './arguments.ts';
import type { MpiCarrier } from './carrier.ts';
import { foldFirst } from './fold.ts';
import { Double, F, R, Word } from './registers.ts';
import { allOf, Milestone, MpiScheduled } from './scheduled.ts';

/**
 * The non-blocking collectives of a communicator of MPI. All communication begins with the call, so MPI alone takes it to its end, whatever
 * this rank does meanwhile; what is left for later is to combine the operands of an operation that MPI does not know. The exception is the
 * time in which the communicator aside is made: what is called then begins when it is there.
 */
export class MpiNonblocking implements Nonblocking {
  readonly #carrier: MpiCarrier;
  /** Where messages of values go, apart from the user's; made when first needed. */
  #aside: MpiCarrier | undefined;
  #opening: Milestone[] = [];
  #begun = 0;

  constructor(carrier: MpiCarrier) {
    this.#carrier = carrier;
  }

  barrier(): Operation {
    const { fabric } = this.#carrier;
    return this.#begin(undefined, () => fabric.binding.ibarrier());
  }

  bcast(array: TypedArray, root: number): Operation {
    const { fabric } = this.#carrier;
    const most = isHuge(array.length, array) ? pieceOf(array) : array.length;
    return inPieces(array.length, most, (at, end) => {
      const piece = elementsOf(array, at, end - at);
      this.#describe(root, piece, piece.length);
      return this.#begin(piece, () => fabric.binding.ibcast(piece));
    });
  }

  scatter(send: TypedArray | null, recv: TypedArray | null, root: number): Operation {
    return this.#regular(Move.SCATTER, send, recv, root, recv?.length ?? send!.length / this.#carrier.size);
  }

  scatterv(send: Irregular | null, recv: TypedArray | null, root: number): Operation {
    return this.#irregular(Move.SCATTER, send, recv, root);
  }

  gather(send: TypedArray | null, recv: TypedArray | null, root: number): Operation {
    return this.#regular(Move.GATHER, send, recv, root, send?.length ?? recv!.length / this.#carrier.size);
  }

  gatherv(send: TypedArray | null, recv: Irregular | null, root: number): Operation {
    return this.#irregular(Move.GATHER, send, recv, root);
  }

  allgather(send: TypedArray | null, recv: Layout): Operation {
    if (isIrregular(recv)) return this.#irregular(Move.ALLGATHER, send, recv, 0);
    return this.#regular(Move.ALLGATHER, send, recv, 0, recv.length / this.#carrier.size);
  }

  alltoall(send: Layout | null, recv: Layout): Operation {
    if (isIrregular(recv)) {
      const inPlace = send === null && this.#carrier.fabric.faults.has('in-place-alltoall');
      const from = inPlace ? { ...recv, data: recv.data.slice() } : send;
      return this.#irregular(Move.ALLTOALL, from, recv, 0);
    }
    return this.#regular(Move.ALLTOALL, arrayOf(send), recv, 0, recv.length / this.#carrier.size);
  }

  alltoallw(send: readonly TypedArray[], recv: readonly TypedArray[]): Operation {
    const { fabric } = this.#carrier;
    return this.#begin([send, recv], () => fabric.binding.ialltoallw(send, recv));
  }

  reduce(send: TypedArray | null, recv: TypedArray | null, op: Reduction, root: number): Operation {
    const { rank, size } = this.#carrier;
    const own = (send ?? recv)!;
    if (knows(op, own)) {
      // As for the blocking one: MPICH 4.0 crashes when long operands lie in place at a root other than rank 0.
      const from = send ?? (root === 0 ? null : own.slice());
      return this.#reduce(Reduce.REDUCE, from, recv, op, root);
    }
    const all = rank === root ? allocate(own, size * own.length) : null;
    return this.#then(this.gather(own, all, root), () => {
      if (all !== null) copy(recv!, foldFirst(size, all, own.length, op));
    });
  }

  allreduce(send: TypedArray | null, recv: TypedArray, op: Reduction): Operation {
    if (knows(op, recv)) return this.#reduce(Reduce.ALLREDUCE, send, recv, op, 0);
    return this.#foldOf(this.#carrier.size, send, recv, op);
  }

  scan(send: TypedArray | null, recv: TypedArray, op: Reduction): Operation {
    if (knows(op, recv)) return this.#reduce(Reduce.SCAN, send, recv, op, 0);
    return this.#foldOf(this.#carrier.rank + 1, send, recv, op);
  }

  exscan(send: TypedArray | null, recv: TypedArray, op: Reduction): Operation {
    if (knows(op, recv)) return this.#reduce(Reduce.EXSCAN, send, recv, op, 0);
    return this.#foldOf(this.#carrier.rank, send, recv, op);
  }

  reduceScatter(
    send: TypedArray | null,
    recv: TypedArray,
    counts: readonly number[],
    op: Reduction,
  ): Operation {
    const { fabric, rank, size } = this.#carrier;
    const elements = counts.reduce((sum, count) => sum + count, 0);
    if (knows(op, recv) && !isHuge(elements, recv)) {
      const numbers = Int32Array.from(counts);
      this.#describe(0, recv, recv.length);
      R[Word.OP] = op.code;
      return this.#begin([send, recv, numbers], () => fabric.binding.ireduceScatter(send, recv, numbers));
    }
    const own = counts[rank]!;
    const mine = Array.from({ length: size }, () => own);
    const all = allocate(recv, size * own);
    const input: Irregular = { data: send ?? recv, counts, displs: packed(counts) };
    const moving = this.alltoall(input, { data: all, counts: mine, displs: packed(mine) });
    return this.#then(moving, () => copy(recv.subarray(0, own), foldFirst(size, all, own, op)));
  }

  exchange(outgoing: readonly (Outgoing | undefined)[], sources: readonly number[]): Exchange {
    const messages: (Incoming | undefined)[] = [];
    const operation = new MpiScheduled(this.#exchange(this.#begun++, outgoing, sources, messages));
    operation.messages = messages;
    return operation;
  }

  compose(steps: (messages: Messages) => Steps): Operation {
    return new MpiScheduled(this.#composed(this.#begun++, steps));
  }

  /** Blocks until nothing of ours waits for the communicator aside: before another collective, which may keep MPI from us for long. */
  settle(): void {
    while (this.#opening.length > 0) this.#carrier.fabric.progress();
  }

  /** Blocks until all that was begun is complete, which must be so on every rank: Open MPI 4 crashes when a communicator is freed before. */
  free(): void {
    this.settle();
    this.#carrier.fabric.completeCollectives(this.#carrier);
    this.#aside?.free();
  }

  *#composed(number: number, steps: (messages: Messages) => Steps): Steps {
    const { operation, fabric } = this.#carrier;
    if (this.#aside === undefined) yield [this.#open()];
    const aside = this.#aside!;
    aside.operation = operation;
    const tag = number % fabric.tagUpperBound;
    yield* steps({
      isend: (array, dest) => aside.isend(array, dest, tag, false),
      irecv: (array, source) => aside.irecv(array, source, tag),
      isendMessage: (message, dest) => aside.isendMessage(message, dest, tag, false),
      irecvMessage: (source) => aside.irecvMessage(source, tag),
    });
  }

  *#exchange(
    number: number,
    outgoing: readonly (Outgoing | undefined)[],
    sources: readonly number[],
    messages: (Incoming | undefined)[],
  ): Steps {
    const { operation, fabric, size } = this.#carrier;
    if (size === 1) return;
    if (this.#aside === undefined) yield [this.#open()];
    const aside = this.#aside!;
    aside.operation = operation;
    const tag = number % fabric.tagUpperBound;
    const receives = sources.map((source) => aside.irecvMessage(source, tag));
    const ways = new Map(outgoing.map((message) => [message, message && wayOf(message)]));
    const sends = outgoing.flatMap((message, dest) => {
      if (message === undefined) return [];
      const bytes = ways.get(message);
      if (bytes === undefined) return [aside.isendMessage(message, dest, tag, false)];
      return [aside.isend(bytes, dest, tag, false)];
    });
    yield [...receives, ...sends];
    receives.forEach(({ incoming }, i) => (messages[sources[i]!] = incoming));
  }

  /** Begins to make the communicator aside. Not sooner: a world may have ranks that are no Flotilla programs. */
  #open(): Milestone {
    const open = new Milestone();
    if (this.#opening.push(open) > 1) return open;
    const { fabric, handle } = this.#carrier;
    R[Word.COMM] = handle;
    const coming = fabric.begin(this.#carrier, 'collective', 0, undefined, () => fabric.binding.commIdup());
    const number = R[Word.COMM]!;
    fabric.opening++;
    coming.onDone = () => {
      fabric.opening--;
      R[Word.COMM] = number;
      fabric.binding.commCame();
      this.#aside = this.#carrier.derived(`${this.#carrier.name}/aside`)!;
      const waiting = this.#opening;
      this.#opening = [];
      for (const milestone of waiting) milestone.finish(coming.error);
    };
    return open;
  }

  /** What the first `ranks` ranks give, combined, in `recv`; what was there stays if there are none. */
  #foldOf(ranks: number, send: TypedArray | null, recv: TypedArray, op: Reduction): Operation {
    const all = allocate(recv, this.#carrier.size * recv.length);
    return this.#then(this.allgather(send ?? recv, all), () => {
      if (ranks > 0) copy(recv, foldFirst(ranks, all, recv.length, op));
    });
  }

  #then(operation: Operation, compute: () => void): Operation {
    return new MpiScheduled(
      (function* () {
        yield [operation];
        compute();
      })(),
    );
  }

  #describe(peer: number, array: TypedArray, count: number): void {
    R[Word.COMM] = this.#carrier.handle;
    R[Word.PEER] = peer;
    R[Word.KIND] = kindOf(array);
    F[Double.COUNT] = count;
  }

  #begin(keep: unknown, call: () => void): Operation {
    const carrier = this.#carrier;
    const begin = () => {
      R[Word.COMM] = carrier.handle;
      return carrier.fabric.begin(carrier, 'collective', 0, keep, call);
    };
    if (this.#opening.length === 0) return begin();
    // MPI_Comm_idup is several collectives in a row, each begun when the one before is done: one of ours in between would come at another place
    // on another rank. Open MPI 4 mixes up their messages then.
    const { operation } = carrier;
    const words = R.slice();
    const doubles = F.slice();
    const open = new Milestone();
    this.#opening.push(open);
    return new MpiScheduled(
      (function* () {
        yield [open];
        const current = carrier.operation;
        carrier.operation = operation;
        R.set(words);
        F.set(doubles);
        const begun = begin();
        carrier.operation = current;
        yield [begun];
      })(),
    );
  }

  #regular(
    mode: number,
    send: TypedArray | null,
    recv: TypedArray | null,
    root: number,
    count: number,
  ): Operation {
    const { fabric, size } = this.#carrier;
    const array = (send ?? recv)!;
    const most = isHuge(count * size, array) ? pieceOf(array, size) : count;
    return inPieces(count, most, (at, end) => {
      this.#describe(root, array, end - at);
      F[Double.BYTES] = count;
      F[Double.ADDRESS] = at;
      R[Word.MODE] = mode;
      return this.#begin([send, recv], () => fabric.binding.iregular(send, recv));
    });
  }

  #irregular(mode: number, send: Layout | null, recv: Layout | null, root: number): Operation {
    const { fabric } = this.#carrier;
    const counts = irregularCounts(this.#carrier, send, recv);
    const from = arrayOf(send);
    const into = arrayOf(recv);
    this.#describe(root, (from ?? into)!, 0);
    R[Word.MODE] = mode;
    return this.#begin([from, into, counts], () => fabric.binding.iirregular(from, into, counts));
  }

  #reduce(
    mode: number,
    send: TypedArray | null,
    recv: TypedArray | null,
    op: Reduction,
    root: number,
  ): Operation {
    const { fabric } = this.#carrier;
    const { length } = (send ?? recv)!;
    const begin = (from: TypedArray | null, into: TypedArray | null) => {
      const array = (from ?? into)!;
      this.#describe(root, array, array.length);
      R[Word.MODE] = mode;
      R[Word.OP] = op.code;
      return this.#begin([from, into], () => fabric.binding.ireduceArray(from, into));
    };
    const most = isHuge(length, (send ?? recv)!) ? pieceOf((send ?? recv)!) : length;
    return inPieces(length, most, (at, end) =>
      begin(send && elementsOf(send, at, end - at), recv && elementsOf(recv, at, end - at)),
    );
  }
}

/** `length` elements in calls of at most `most`: mostly one. */
function inPieces(length: number, most: number, begin: (at: number, end: number) => Operation): Operation {
  if (most >= length) return begin(0, length);
  const operations: Operation[] = [];
  for (let at = 0; at < length; at += most) operations.push(begin(at, Math.min(at + most, length)));
  return allOf(operations);
}

/** Longer messages are not copied to lie together for all their receivers: they may be longer than an ArrayBuffer can be. */
const TOGETHER_BYTES = 2 ** 30;

/** The bytes of a message as they travel; copied only if they do not lie together. Undefined for a very long one. */
function wayOf(message: Outgoing): Uint8Array | undefined {
  if (message.parts.length > 0 && messageBytes(message) > TOGETHER_BYTES) return undefined;
  return message.parts.length === 0 ? message.bytes.subarray(0, message.length) : contiguous(message);
}

function packed(counts: readonly number[]): number[] {
  let end = 0;
  return counts.map((count) => (end += count) - count);
}
