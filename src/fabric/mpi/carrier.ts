import { MpiError } from '../error.ts';
import type { Carrier, Envelope, Joined, Matched, Operation, Program, Reduction, Steps } from '../fabric.ts';
import {
  byteLengthOf,
  bytesOf,
  Kind,
  kindOf,
  type Irregular,
  type Layout,
  type TypedArray,
} from '../memory.ts';
import { messageBytes, type Decode, type Incoming, type Outgoing } from '../message.ts';
import { SendSites } from '../send-sites.ts';
import { LOOP_BYTES, loadSmall, storeSmall } from '../small.ts';
import type { FileMode } from '../file.ts';
import type { WindowCarrier } from '../window.ts';
import { isAlone, join, joinedBytes, type Main, type Noted } from './alone.ts';
import type { MpiFabric } from './fabric.ts';
import { MpiFile } from './file.ts';
import { foldExscan, foldReduce, foldScan } from './fold.ts';
import { Held } from './held.ts';
import { LoneWindow } from './lone-window.ts';
import {
  arrayOf,
  INT_MAX,
  irregularCounts,
  isHuge,
  isIrregular,
  knows,
  Move,
  pieceOf,
  Reduce,
} from './arguments.ts';
import { MpiMatched } from './matched.ts';
import { MpiNonblocking } from './nonblocking.ts';
import { encodeProgram, spawnHints, spawnRefusal, tellEnvironment } from './spawn.ts';
import { Double, F, incoming, outgoing, R, Word } from './registers.ts';
import { finished, MpiScheduled } from './scheduled.ts';
import { MpiWindow } from './window.ts';

/** Arrays up to this size go through the stage: a copy costs less than looking up the array in Node-API. */
const SMALL_BYTES = 1024;

/**
 * A short message to the own rank is copied, so that a standard send of it returns: over threads and Open MPI it does, MPICH would wait
 * for the receive. The binding copies values itself.
 */
const TO_SELF_BYTES = 8192;

/** What arrays the calls had last, by Move and Reduce. */
const held = {
  bcast: new Held(0),
  regular: [1, 2, 3, 4].map((slot) => new Held(slot)),
  reduce: [5, 6, 7, 8].map((slot) => new Held(slot)),
};

/** A communicator of MPI. */
export class MpiCarrier implements Carrier {
  operation = '';
  /** From where its users have sent. */
  readonly sites: SendSites = new SendSites();
  readonly nonblocking: MpiNonblocking;
  readonly peers: number;
  /** The rank by which this process may send to itself: none between two groups. */
  readonly self: number;
  #members: Int32Array | undefined;
  /** Its number among the communicators made of the world, the same on all its ranks; undefined where notes cannot go. */
  #context: number | undefined;
  readonly #derived = new Map<string, number>();
  /** Messages to the own rank wait for their receive within MPI, which then knows whether they fit (faults.ts). */
  readonly #handshake: boolean;

  constructor(
    readonly fabric: MpiFabric,
    /** Its number in the table of native/mpi.c. */
    readonly handle: number,
    readonly rank: number,
    readonly size: number,
    /** How reports call it. */
    readonly name: string,
    remoteSize?: number,
  ) {
    this.peers = remoteSize ?? size;
    this.self = remoteSize === undefined ? rank : -1;
    this.nonblocking = new MpiNonblocking(this);
    this.#handshake = fabric.faults.has('self-truncation');
  }

  send(array: TypedArray, dest: number, tag: number, synchronous: boolean): void {
    const { binding, opening } = this.fabric;
    const bytes = byteLengthOf(array);
    if (dest === this.self && !synchronous && bytes <= TO_SELF_BYTES) {
      this.sites.note(dest, tag);
      this.#sendToSelf(array, tag);
      return;
    }
    if (opening > 0) return this.fabric.complete(this.isend(array, dest, tag, synchronous));
    this.sites.note(dest, tag);
    const small = bytes <= SMALL_BYTES;
    if (!small) this.#noteMemory(array, dest, tag);
    R[Word.COMM] = this.handle;
    R[Word.PEER] = dest;
    R[Word.TAG] = tag;
    R[Word.MODE] = synchronous ? 1 : 0;
    F[Double.COUNT] = array.length;
    if (small) {
      R[Word.KIND] = storeSmall(outgoing, 0, array);
      binding.sendStage();
    } else {
      R[Word.KIND] = kindOf(array);
      binding.sendArray(array);
    }
    if (R[Word.ERROR] !== 0) this.fabric.check(this, dest, tag);
  }

  isend(array: TypedArray, dest: number, tag: number, synchronous: boolean): Operation {
    this.sites.note(dest, tag);
    if (dest === this.self && !synchronous && this.#handshake && byteLengthOf(array) <= TO_SELF_BYTES) {
      this.#sendToSelf(array, tag);
      return finished();
    }
    this.#noteMemory(array, dest, tag);
    this.#address(dest, tag, array, synchronous ? 1 : 0);
    return this.fabric.begin(this, 'send', 0, array, () => this.fabric.binding.isendArray(array));
  }

  recv(array: TypedArray, source: number, tag: number, envelope: Envelope): void {
    this.#await(source, tag, envelope);
    const { fabric } = this;
    const room = byteLengthOf(array);
    const small = room <= SMALL_BYTES;
    this.#address(source, tag, array, 0);
    if (small) fabric.binding.recvStage();
    else fabric.binding.recvArray(array);
    const error = R[Word.ERROR]!;
    this.#fill(envelope);
    const { bytes } = envelope;
    if (small && error === 0 && R[Word.FLAG] === 0 && bytes <= room)
      return loadSmall(incoming, 0, array, bytes);
    if (error !== 0 && error !== fabric.truncateClass) fabric.check(this, source, tag);
    const isValue = R[Word.FLAG] !== 0;
    const noted = isAlone(bytes) ? this.#noteOf(envelope) : undefined;
    if (isValue || (noted?.isValue === true && bytes <= room)) throw fabric.isValue(this, envelope);
    if (bytes > room) throw fabric.truncated(this, envelope.source, envelope.tag, bytes, room);
  }

  irecv(array: TypedArray, source: number, tag: number): Operation {
    this.#address(source, tag, array, 0);
    return this.fabric.begin(this, 'memory', byteLengthOf(array), array, () =>
      this.fabric.binding.irecvArray(array),
    );
  }

  sendMessage(message: Outgoing, dest: number, tag: number, synchronous: boolean): void {
    const { binding } = this.fabric;
    if (dest === this.self && !synchronous && messageBytes(message) <= TO_SELF_BYTES) {
      this.isendMessage(message, dest, tag, false);
      return;
    }
    if (this.fabric.opening > 0)
      return this.fabric.complete(this.isendMessage(message, dest, tag, synchronous));
    this.sites.note(dest, tag);
    const main = this.#noteValue(message, dest, tag);
    R[Word.COMM] = this.handle;
    R[Word.PEER] = dest;
    R[Word.TAG] = tag;
    R[Word.MODE] = synchronous ? 1 : 0;
    F[Double.COUNT] = message.length;
    if (message.parts.length === 0 && message.length <= SMALL_BYTES) {
      const from = message.words;
      const to = outgoing.words;
      for (let i = 0, n = message.length >> 2; i < n; i++) to[i] = from[i]!;
      R[Word.KIND] = Kind.Uint8;
      binding.sendStage();
    } else if (main !== undefined) {
      R[Word.KIND] = Kind.Uint8;
      F[Double.COUNT] = main.bytes;
      binding.sendArray(main.part);
    } else {
      binding.sendPieces(message.bytes, message.parts);
    }
    if (R[Word.ERROR] !== 0) this.fabric.check(this, dest, tag);
  }

  isendMessage(message: Outgoing, dest: number, tag: number, synchronous: boolean): Operation {
    this.sites.note(dest, tag);
    const main = this.#noteValue(message, dest, tag);
    if (main !== undefined) {
      this.#address(dest, tag, main.part, synchronous ? 1 : 0);
      F[Double.COUNT] = main.bytes;
      return this.fabric.begin(this, 'send', 0, message, () => this.fabric.binding.isendArray(main.part));
    }
    R[Word.COMM] = this.handle;
    R[Word.PEER] = dest;
    R[Word.TAG] = tag;
    R[Word.MODE] = synchronous ? 1 : 0;
    F[Double.COUNT] = message.length;
    const { bytes, parts } = message;
    const begin = () =>
      this.fabric.begin(this, 'send', 0, message, () => this.fabric.binding.isendPieces(bytes, parts));
    if (dest !== this.self || synchronous || !this.#handshake || messageBytes(message) > TO_SELF_BYTES)
      return begin();
    R[Word.MODE] = 1;
    begin();
    return finished();
  }

  recvMessage<T>(source: number, tag: number, envelope: Envelope, decode: Decode<T>): T {
    this.#await(source, tag, envelope);
    R[Word.COMM] = this.handle;
    R[Word.PEER] = source;
    R[Word.TAG] = tag;
    const { fabric } = this;
    R[Word.MODE] = this.#context !== undefined && fabric.notes!.expects() ? 1 : 0;
    fabric.binding.recvValue();
    if (R[Word.ERROR] !== 0) fabric.check(this, source, tag);
    this.#fill(envelope);
    if (R[Word.FLAG] !== 0) return decode(this.#receiveAlone(envelope));
    return decode(fabric.takeValue(this, this.handle, envelope, false));
  }

  irecvMessage(source: number, tag: number): Operation {
    R[Word.COMM] = this.handle;
    R[Word.PEER] = source;
    R[Word.TAG] = tag;
    return this.fabric.begin(this, 'value', undefined, undefined, () => this.fabric.binding.irecvValue());
  }

  inSteps(steps: Steps): Operation {
    return new MpiScheduled(steps);
  }

  probe(source: number, tag: number, envelope: Envelope): void {
    this.#await(source, tag, envelope);
    this.#probe(source, tag, envelope, 0);
  }

  iprobe(source: number, tag: number, envelope: Envelope): boolean {
    return this.#probe(source, tag, envelope, 1);
  }

  mprobe(source: number, tag: number, envelope: Envelope): Matched {
    this.#await(source, tag, envelope);
    return this.#mprobe(source, tag, envelope, 0)!;
  }

  improbe(source: number, tag: number, envelope: Envelope): Matched | undefined {
    return this.#mprobe(source, tag, envelope, 1);
  }

  barrier(): void {
    this.#settle();
    R[Word.COMM] = this.handle;
    this.fabric.binding.barrier();
    this.fabric.check(this);
  }

  bcast(array: TypedArray, root: number): void {
    this.#settle();
    if (isHuge(array.length, array)) {
      const most = pieceOf(array);
      for (let at = 0; at < array.length; at += most) this.bcast(array.subarray(at, at + most), root);
      return;
    }
    this.#address(root, 0, array, 0);
    held.bcast.tell(array);
    this.fabric.binding.bcast(array);
    this.fabric.check(this);
  }

  scatter(send: TypedArray | null, recv: TypedArray | null, root: number): void {
    this.#regular(Move.SCATTER, send, recv, root, recv?.length ?? send!.length / this.size);
  }

  scatterv(send: Irregular | null, recv: TypedArray | null, root: number): void {
    this.#irregular(Move.SCATTER, send, recv, root);
  }

  gather(send: TypedArray | null, recv: TypedArray | null, root: number): void {
    this.#regular(Move.GATHER, send, recv, root, send?.length ?? recv!.length / this.size);
  }

  gatherv(send: TypedArray | null, recv: Irregular | null, root: number): void {
    this.#irregular(Move.GATHER, send, recv, root);
  }

  allgather(send: TypedArray | null, recv: Layout): void {
    if (isIrregular(recv) && recv.counts.reduce((sum, count) => sum + count, 0) > INT_MAX)
      this.#allgatherOneByOne(send, recv);
    else if (isIrregular(recv)) this.#irregular(Move.ALLGATHER, send, recv, 0);
    else this.#regular(Move.ALLGATHER, send, recv, 0, recv.length / this.size);
  }

  alltoall(send: Layout | null, recv: Layout): void {
    if (isIrregular(recv)) this.#irregular(Move.ALLTOALL, send, recv, 0);
    else this.#regular(Move.ALLTOALL, arrayOf(send), recv, 0, recv.length / this.size);
  }

  alltoallw(send: readonly TypedArray[], recv: readonly TypedArray[]): void {
    this.#settle();
    R[Word.COMM] = this.handle;
    this.fabric.binding.alltoallw(send, recv);
    this.fabric.check(this);
  }

  reduce(send: TypedArray | null, recv: TypedArray | null, op: Reduction, root: number): void {
    // MPICH 4.0 crashes when long operands lie in place at a root other than rank 0.
    const from = send ?? (root === 0 ? null : recv!.slice());
    if (knows(op, send ?? recv!)) this.#reduce(Reduce.REDUCE, from, recv, op, root);
    else foldReduce(this, send, recv, op, root);
  }

  allreduce(send: TypedArray | null, recv: TypedArray, op: Reduction): void {
    this.#settle();
    if (op.code >= 0 && byteLengthOf(recv) <= LOOP_BYTES) {
      const kind = storeSmall(outgoing, 0, send ?? recv);
      if (kind !== Kind.Uint8Clamped) {
        R[Word.COMM] = this.handle;
        R[Word.KIND] = kind;
        R[Word.MODE] = Reduce.ALLREDUCE;
        R[Word.OP] = op.code;
        F[Double.COUNT] = recv.length;
        this.fabric.binding.reduceStage();
        loadSmall(incoming, 0, recv, byteLengthOf(recv));
        return this.fabric.check(this);
      }
    }
    if (knows(op, recv)) return this.#reduce(Reduce.ALLREDUCE, send, recv, op, 0);
    const total = this.rank === 0 ? recv : null;
    foldReduce(this, this.rank === 0 ? send : (send ?? recv), total, op, 0);
    this.bcast(recv, 0);
  }

  scan(send: TypedArray | null, recv: TypedArray, op: Reduction): void {
    if (knows(op, recv)) this.#reduce(Reduce.SCAN, send, recv, op, 0);
    else foldScan(this, send, recv, op);
  }

  exscan(send: TypedArray | null, recv: TypedArray, op: Reduction): void {
    if (knows(op, recv)) this.#reduce(Reduce.EXSCAN, send, recv, op, 0);
    else foldExscan(this, send, recv, op);
  }

  reduceScatter(send: TypedArray | null, recv: TypedArray, counts: readonly number[], op: Reduction): void {
    this.#settle();
    const elements = counts.reduce((sum, count) => sum + count, 0);
    if (knows(op, recv) && !isHuge(elements, recv)) {
      this.#address(0, 0, recv, 0);
      R[Word.OP] = op.code;
      this.fabric.binding.reduceScatter(send, recv, Int32Array.from(counts));
      return this.fabric.check(this);
    }
    const total = this.rank === 0 ? (send ?? recv).slice() : null;
    this.reduce(total === null ? (send ?? recv) : null, total, op, 0);
    let end = 0;
    const displs = counts.map((count) => (end += count) - count);
    const blocks = total && { data: total, counts, displs };
    this.scatterv(blocks, recv.subarray(0, counts[this.rank]), 0);
  }

  split(color: number | null, key: number): MpiCarrier | null {
    this.#settle();
    R[Word.COMM] = this.handle;
    R[Word.PEER] = color ?? -1;
    R[Word.TAG] = key;
    this.fabric.binding.commSplit();
    return this.#derive(`split(${color})`);
  }

  fortranHandle(): number {
    R[Word.COMM] = this.handle;
    this.fabric.binding.commC2f();
    return R[Word.ID]!;
  }

  dup(): MpiCarrier {
    this.#settle();
    R[Word.COMM] = this.handle;
    this.fabric.binding.commDup();
    return this.#derive('dup')!;
  }

  splitShared(key: number): MpiCarrier {
    this.#settle();
    R[Word.COMM] = this.handle;
    R[Word.TAG] = key;
    this.fabric.binding.commSplitShared();
    return this.#derive('shared')!;
  }

  createGroup(ranks: readonly number[], tag: number): MpiCarrier {
    R[Word.COMM] = this.handle;
    R[Word.TAG] = tag;
    F[Double.COUNT] = ranks.length;
    this.fabric.binding.commCreateGroup(Int32Array.from(ranks));
    return this.#derive('create', ranks.join())!;
  }

  members(): Int32Array {
    if (this.#members === undefined) {
      this.#members = new Int32Array(this.size);
      R[Word.COMM] = this.handle;
      this.fabric.binding.commMembers(this.#members);
      this.fabric.check(this);
    }
    return this.#members;
  }

  join(
    localLeader: number,
    peer: MpiCarrier | null,
    remoteLeader: number,
    tag: number,
    low: boolean,
  ): Joined {
    this.#settle();
    R[Word.COMM] = this.handle;
    R[Word.RANK] = localLeader;
    R[Word.PEER_COMM] = peer?.handle ?? -1;
    R[Word.PEER] = remoteLeader;
    R[Word.TAG] = tag;
    this.fabric.binding.intercommCreate();
    this.fabric.check(this);
    return this.fabric.joined(`${this.name}/intercomm`, low);
  }

  spawn(program: Program | null, root: number): Joined {
    const { binding, starter } = this.fabric;
    this.#settle();
    R[Word.COMM] = this.handle;
    R[Word.PEER] = root;
    F[Double.COUNT] = program?.ranks ?? 0;
    const command = program === null ? [''] : [...starter, encodeProgram(program, root)];
    binding.commSpawn(command, program === null ? [] : spawnHints(program));
    if (R[Word.ERROR] !== 0) {
      const message = spawnRefusal(this.fabric.libraryVersion, binding.lastError());
      throw new MpiError('ERR_SPAWN', message, { operation: this.operation, rank: this.rank });
    }
    const joined = this.fabric.joined(`${this.name}/spawn`, true);
    tellEnvironment(joined.union, program, root);
    return joined;
  }

  disconnect(): void {
    if (this.self >= 0) {
      // Open MPI 4.1 hangs when MPI_Comm_disconnect is given a merged communicator. A freed one connects nobody either.
      this.barrier();
      this.free();
      return;
    }
    this.fabric.unread.forget(this);
    R[Word.COMM] = this.handle;
    this.fabric.binding.commDisconnect();
    this.fabric.check(this);
  }

  free(): void {
    this.nonblocking.free();
    this.fabric.unread.forget(this);
    this.fabric.derived.delete(this.handle);
    R[Word.COMM] = this.handle;
    this.fabric.binding.commFree();
    this.fabric.check(this);
  }

  window(kind: number, lengths: readonly number[], shared: boolean): MpiWindow {
    return new MpiWindow(this, kind, lengths, shared);
  }

  windowOver(array: TypedArray, lengths: readonly number[]): WindowCarrier {
    if (this.size === 1 && this.fabric.faults.has('lone-window')) return new LoneWindow(array);
    return new MpiWindow(this, kindOf(array), lengths, false, array);
  }

  openFile(path: string, mode: FileMode): MpiFile {
    return new MpiFile(this, path, mode);
  }

  /** The communicator that the binding has just made. */
  derived(name: string): MpiCarrier | null {
    this.fabric.check(this);
    const handle = R[Word.COMM]!;
    return handle < 0 ? null : new MpiCarrier(this.fabric, handle, R[Word.RANK]!, R[Word.SIZE]!, name);
  }

  /** The same for one that its users may use. Who makes it together has made as many of the kind: by that number they know it. */
  #derive(how: string, among = ''): MpiCarrier | null {
    const kind = how.replace(/\(.*/, '') + among;
    const number = (this.#derived.get(kind) ?? 0) + 1;
    this.#derived.set(kind, number);
    const made = this.#ofOurs(this.derived(`${this.name}/${how}`));
    if (made) this.fabric.unread.watch(made, `${this.fabric.unread.keyOf(this)}/${how} ${number} ${among}`);
    return made;
  }

  /** @param context its number: from now on arrays may travel alone here. */
  derive(context: number): void {
    this.#context = context;
    this.fabric.derived.set(this.handle, this);
  }

  worldRank(rank: number): number {
    return this.#context === 0 ? rank : this.members()[rank]!;
  }

  takeNote(source: number, tag: number, bytes: number): Noted {
    return this.fabric.notes!.take(this.worldRank(source), this.#context!, tag, bytes);
  }

  /** A communicator made of this one, whose ranks agree on a number for it. */
  #ofOurs(carrier: MpiCarrier | null): MpiCarrier | null {
    if (carrier === null || this.#context === undefined) return carrier;
    carrier.operation = this.operation;
    const number = Float64Array.of(this.fabric.newContext());
    carrier.bcast(number, 0);
    carrier.derive(number[0]!);
    return carrier;
  }

  #noteMemory(array: TypedArray, dest: number, tag: number): void {
    const bytes = byteLengthOf(array);
    if (!isAlone(bytes) || this.#context === undefined || dest === this.self) return;
    this.fabric.notes!.sendOfMemory(bytes, this.worldRank(dest), this.#context, tag);
  }

  #noteOf({ source, tag, bytes }: Envelope): Noted | undefined {
    return this.#context === undefined || source === this.self
      ? undefined
      : this.takeNote(source, tag, bytes);
  }

  /** Sends the note of a value whose long array is to travel alone, and says what of it; undefined: the value is to go in one piece. */
  #noteValue(message: Outgoing, dest: number, tag: number): Main | undefined {
    if (message.parts.length === 0 || this.#context === undefined || dest === this.self) return undefined;
    return this.fabric.notes!.split(message, this.worldRank(dest), this.#context, tag);
  }

  /** Receives a message that a probe has found to have a note, into memory of its own. */
  #receiveAlone(envelope: Envelope): Incoming {
    const { source, tag, bytes } = envelope;
    const { binding } = this.fabric;
    const message = R[Word.MESSAGE]!;
    const receive = (into: Uint8Array, length: number) => {
      R[Word.MESSAGE] = message;
      F[Double.COUNT] = length;
      binding.mrecvArray(into);
      this.fabric.check(this, source, tag);
    };
    const noted = this.#noteOf(envelope);
    if (noted?.isValue === true) {
      const value = join(noted, receive);
      envelope.bytes = joinedBytes(value);
      this.fabric.notes!.tell();
      return value;
    }
    receive(new Uint8Array(bytes), bytes);
    throw this.fabric.isMemory(this, envelope);
  }

  /** Sends a copy. */
  #sendToSelf(array: TypedArray, tag: number): void {
    const copy = array.slice();
    this.#address(this.self, tag, copy, this.#handshake ? 1 : 0);
    this.fabric.begin(this, 'send', 0, copy, () => this.fabric.binding.isendArray(copy));
  }

  #address(peer: number, tag: number, array: TypedArray, mode: number): void {
    R[Word.COMM] = this.handle;
    R[Word.PEER] = peer;
    R[Word.TAG] = tag;
    R[Word.KIND] = kindOf(array);
    R[Word.MODE] = mode;
    F[Double.COUNT] = array.length;
  }

  #fill(envelope: Envelope): void {
    envelope.source = R[Word.SOURCE]!;
    envelope.tag = R[Word.GOT_TAG]!;
    envelope.bytes = F[Double.BYTES]!;
  }

  #probe(source: number, tag: number, envelope: Envelope, mode: number): boolean {
    R[Word.COMM] = this.handle;
    R[Word.PEER] = source;
    R[Word.TAG] = tag;
    R[Word.MODE] = mode;
    this.fabric.binding.probe();
    this.fabric.check(this, source, tag);
    if (R[Word.FLAG] === 0) return false;
    this.#fill(envelope);
    return true;
  }

  #mprobe(source: number, tag: number, envelope: Envelope, mode: number): Matched | undefined {
    R[Word.COMM] = this.handle;
    R[Word.PEER] = source;
    R[Word.TAG] = tag;
    R[Word.MODE] = mode;
    this.fabric.binding.mprobe();
    this.fabric.check(this, source, tag);
    if (R[Word.FLAG] === 0) return undefined;
    this.#fill(envelope);
    return new MpiMatched(this, R[Word.MESSAGE]!);
  }

  /** While other communication needs our help to go on, we do not block in MPI before there is a message. */
  #await(source: number, tag: number, envelope: Envelope): void {
    while (this.fabric.opening > 0 && !this.iprobe(source, tag, envelope)) this.fabric.progress();
  }

  #settle(): void {
    if (this.fabric.opening > 0) this.nonblocking.settle();
  }

  /** Moves equal pieces of `count` elements. */
  #regular(
    mode: number,
    send: TypedArray | null,
    recv: TypedArray | null,
    root: number,
    count: number,
  ): void {
    this.#settle();
    const array = (send ?? recv)!;
    const most = isHuge(count * this.size, array) ? pieceOf(array, this.size) : count;
    let at = 0;
    do {
      this.#address(root, 0, array, mode);
      F[Double.COUNT] = Math.min(most, count - at);
      F[Double.BYTES] = count;
      F[Double.ADDRESS] = at;
      held.regular[mode]!.tell(send, recv);
      this.fabric.binding.regular(send, recv);
      this.fabric.check(this);
      at += most;
    } while (at < count);
  }

  /** Of more elements than MPI's integers describe; every rank knows the counts and comes here. */
  #allgatherOneByOne(send: TypedArray | null, recv: Irregular): void {
    const blocks = recv.counts.map((count, r) => {
      const start = recv.displs[r]!;
      return recv.data.subarray(start, start + count);
    });
    if (send) bytesOf(blocks[this.rank]!).set(bytesOf(send));
    blocks.forEach((block, root) => this.bcast(block, root));
  }

  #irregular(mode: number, send: Layout | null, recv: Layout | null, root: number): void {
    this.#settle();
    const counts = irregularCounts(this, send, recv);
    this.#address(root, 0, (arrayOf(send) ?? arrayOf(recv))!, mode);
    this.fabric.binding.irregular(arrayOf(send), arrayOf(recv), counts);
    this.fabric.check(this);
  }

  #reduce(mode: number, send: TypedArray | null, recv: TypedArray | null, op: Reduction, root: number): void {
    this.#settle();
    this.#address(root, 0, (send ?? recv)!, mode);
    R[Word.OP] = op.code;
    held.reduce[mode]!.tell(send, recv);
    this.fabric.binding.reduceArray(send, recv);
    this.fabric.check(this);
  }
}
