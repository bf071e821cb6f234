import { MpiError, type MpiErrorCode } from '../error.ts';
import type { Ending, Envelope, Fabric, Joined, Operation } from '../fabric.ts';
import { arrivalMemory } from '../arrivals.ts';
import { partLengths, padded, MAGIC, PREFIX_BYTES, type Incoming } from '../message.ts';
import { isAlone, join, joinedBytes, NOTE_TAG, Notes } from './alone.ts';
import type { Binding } from './binding.ts';
import { MpiCarrier } from './carrier.ts';
import { launchVariable, mpichOnSeveralHosts } from './environment.ts';
import { Farewell } from './farewell.ts';
import { SHORT_INTEGERS, type Faults } from './faults.ts';
import { MpiOperation } from './operation.ts';
import { partTogether } from './parting.ts';
import { hearEnvironment } from './spawn.ts';
import { MpiScheduled } from './scheduled.ts';
import { UnreadMessages } from './unread.ts';
import {
  Done,
  Double,
  F,
  finished,
  finishedBytes,
  incoming,
  memory,
  R,
  receiveInto,
  STAGE_BYTES,
  Word,
} from './registers.ts';

/** Who waits looks again after a part of the time that was waited already: little is lost when the message comes, and little is burnt. */
const PART = 1 / 8;

/** Sends that nobody waits for are looked after when so many operations are under way, and again when there are twice as many. */
const CROWD = 256;

/** Milliseconds of a pause where other things go on in the event loop: for so long it naps between its turns, never long; then it sets timers. */
const IN_LOOP_MS = { napping: 5, nap: 0.1, shortestTimer: 1, longestTimer: 20 };

/** Of one with nothing else to do, and nothing to be expected soon. */
const PARKED_MS = 10;

/** One rank of an MPI job. */
export class MpiFabric implements Fabric {
  readonly name = 'mpi';
  readonly world: MpiCarrier;
  readonly self: MpiCarrier;
  readonly parent: Joined | undefined;
  readonly tagUpperBound: number;
  readonly processorName: string;
  readonly libraryVersion: string;
  /** Memory of MPI's that JavaScript sees, until it is freed. */
  readonly lent: Set<ArrayBuffer> = new Set<ArrayBuffer>();
  readonly #codes: ReadonlyMap<number, MpiErrorCode>;
  readonly #active = new Map<number, MpiOperation>();
  readonly #freeIds: number[] = [];
  #nextId = 0;
  /** So many operations under way make a send look which of them are complete. */
  #crowd = CROWD;
  /**
   * Communicators being made for operations that go on when those are there (nonblocking.ts). While there are such, nothing may block inside MPI:
   * it would not tell.
   */
  opening = 0;
  #forsaken = false;
  /** Messages that nobody receives. */
  readonly unread: UnreadMessages = new UnreadMessages(this);
  onLeftovers: ((lines: readonly string[]) => void) | undefined;
  /** Only where all ranks are known to be Flotilla's: others would not take part. */
  readonly #farewell: Farewell | undefined;
  /** Of values whose arrays travel alone; where all ranks are known to be Flotilla's. */
  readonly notes: Notes | undefined;
  /** Communicators made of the world, by their handles. */
  readonly derived: Map<number, MpiCarrier> = new Map<number, MpiCarrier>();
  #contexts = 0;

  constructor(
    readonly binding: Binding,
    readonly starter: readonly string[],
    readonly faults: Faults,
  ) {
    this.#codes = new Map(
      Object.entries(binding.classes).map(([name, number]) => [number, name as MpiErrorCode]),
    );
    receiveInto(binding.initialize(memory));
    if (faults.has('sum-saturates')) for (const kind of SHORT_INTEGERS) this.#mendSum(kind);
    // The highest tags are the fabric's own, see carrier.ts.
    this.tagUpperBound = Math.min(R[Word.TAG_UB]!, 2 ** 31 - 1) - 1;
    this.processorName = binding.processorName();
    this.libraryVersion = binding.libraryVersion().split('\n')[0]!.trim();
    this.world = new MpiCarrier(this, 0, R[Word.RANK]!, R[Word.SIZE]!, 'world');
    this.self = new MpiCarrier(this, 1, 0, 1, 'self');
    for (const carrier of [this.world, this.self]) this.unread.watch(carrier, carrier.name);
    binding.commParent();
    this.parent = R[Word.COMM]! < 0 ? undefined : this.joined('parent', false);
    if (this.parent !== undefined) hearEnvironment(this.parent.union);
    if (launchVariable('FLOTILLA_TOGETHER') === '1') {
      const apart = this.world.dup();
      apart.operation = 'exit';
      this.unread.ignore(apart);
      this.#farewell = new Farewell(apart);
      this.notes = new Notes(
        apart,
        (note, bytes, dest) => this.#moveNote(apart, dest, bytes, () => this.binding.sendNote(note)),
        (into, source) => this.#moveNote(apart, source, into.length, () => this.binding.recvNote(into)),
      );
      this.world.derive(0);
    }
  }

  #mendSum(kind: number): void {
    R[Word.KIND] = kind;
    this.binding.mendSum();
  }

  /** Starts a non-blocking call; `keep` stays in memory until it is complete. Without `room` the binding says how much there is. */
  begin(
    carrier: MpiCarrier,
    what: MpiOperation['what'],
    room: number | undefined,
    keep: unknown,
    call: () => void,
  ): MpiOperation {
    const id = this.#freeIds.pop() ?? this.#nextId++;
    R[Word.ID] = id;
    call();
    this.check(carrier);
    const { handle, operation, rank } = carrier;
    const begun = new MpiOperation(id, what, handle, operation, rank, room ?? F[Double.BYTES]!, keep);
    this.#active.set(id, begun);
    if (what === 'send' && this.#active.size >= this.#crowd) this.#thin();
    return begun;
  }

  /** Lets go of sends that are complete and that nobody waits for. */
  #thin(): void {
    let before: number;
    do {
      // One look tells of so many at the most.
      before = this.#active.size;
      this.progress();
    } while (this.#active.size < before);
    this.#crowd = Math.max(CROWD, 2 * this.#active.size);
  }

  /** Blocks until no non-blocking collectives are under way on a communicator. */
  completeCollectives({ handle }: MpiCarrier): void {
    const active = () =>
      [...this.#active.values()].some(({ what, comm }) => what === 'collective' && comm === handle);
    while (active()) this.progress();
  }

  /** The intercommunicator that the binding has just described, and its union. */
  joined(name: string, low: boolean): Joined {
    const [handle, rank, size] = [R[Word.COMM]!, R[Word.RANK]!, R[Word.SIZE]!];
    const across = new MpiCarrier(this, handle, rank, size, name, R[Word.REMOTE_SIZE]);
    R[Word.MODE] = low ? 0 : 1;
    this.binding.intercommMerge();
    this.check(across);
    const union = new MpiCarrier(this, R[Word.COMM]!, R[Word.RANK]!, R[Word.SIZE]!, name);
    this.unread.watchJoined(across, union, low);
    return { across, union, low };
  }

  /** Throws what the last call of the binding has reported. */
  check(carrier: MpiCarrier, peer?: number, tag?: number): void {
    const error = R[Word.ERROR]!;
    if (error !== 0) throw this.#error(error, this.binding.lastError(), carrier, peer, tag);
  }

  #error(
    error: number,
    message: string,
    at: { readonly operation: string; readonly rank: number },
    peer?: number,
    tag?: number,
  ): MpiError {
    const { operation, rank } = at;
    const details = {
      operation,
      rank,
      ...(peer !== undefined && { peer }),
      ...(tag !== undefined && { tag }),
    };
    return new MpiError(this.#codes.get(error) ?? 'ERR_UNKNOWN', message, details);
  }

  /** A message that did not fit. Of one that met a request MPICH no longer knows the length. */
  truncated(
    at: { readonly operation: string; readonly rank: number },
    source: number,
    tag: number,
    bytes: number,
    room: number,
    value = false,
  ): MpiError {
    const length = bytes > room ? bytes : `more than ${room}`;
    const where = value
      ? `a pending receive of a value room for ${room}, while addresses are short (ulimit -v, or very many receives): recv has no such limit`
      : `the array to receive it ${room}`;
    const message = `the message from rank ${source}, tag ${tag} has ${length} bytes, ${where}`;
    return new MpiError('ERR_TRUNCATE', message, {
      ...at,
      operation: at.operation,
      rank: at.rank,
      peer: source,
      tag,
    });
  }

  get truncateClass(): number {
    return this.binding.classes.ERR_TRUNCATE!;
  }

  wait(operations: readonly Operation[], need: 'all' | 'any'): void {
    if (need === 'all') {
      for (const operation of operations) while (!operation.done) this.#block([operation]);
    } else {
      while (!operations.some(({ done }) => done)) this.#block(operations);
    }
  }

  /** Blocks until one of the requests of these operations is done. */
  #block(operations: readonly Operation[]): void {
    if (this.opening > 0) return this.progress();
    const ours = requestsOf(operations);
    if (ours.length === 1) {
      R[Word.ID] = ours[0]!.id;
      this.binding.waitOne();
    } else {
      this.binding.waitAny(Int32Array.from(ours, ({ id }) => id));
    }
    this.#collect();
  }

  /** Blocks until one operation is done, and throws what went wrong. */
  complete(operation: Operation): void {
    this.wait([operation], 'all');
    if (operation.error !== undefined) throw operation.error;
  }

  /** The other ranks are gone: what is under way fails, and MPI, which might wait for them, is not called any more. */
  forsake(): void {
    this.#forsaken = true;
    const operations = [...this.#active.values()];
    this.#active.clear();
    for (const operation of operations) {
      const { operation: name, rank } = operation;
      operation.error = new MpiError('ERR_OTHER', 'the other ranks of the job have ended', {
        operation: name,
        rank,
      });
      operation.done = true;
      operation.onDone?.();
    }
  }

  progress(): void {
    if (this.#active.size === 0) return;
    this.binding.progress();
    if (R[Word.DONE]! > 0) this.#collect();
  }

  cancel(operation: Operation): void {
    if (
      !(operation instanceof MpiOperation) ||
      operation.done ||
      (operation.what !== 'memory' && operation.what !== 'value')
    )
      return;
    R[Word.ID] = operation.id;
    this.binding.cancel();
  }

  release(): void {
    // The table of active operations keeps it until MPI is done with it.
  }

  nap(longest: number): void {
    Atomics.wait(NAP, 0, 0, longest);
  }

  activity(waited: number): Promise<void> {
    const { napping, nap, shortestTimer, longestTimer } = IN_LOOP_MS;
    if (waited < napping) {
      this.nap(Math.min(PART * waited, nap));
      return new Promise((resolve) => setImmediate(resolve));
    }
    const pause = Math.min(Math.max(PART * waited, shortestTimer), longestTimer);
    return new Promise((resolve) => setTimeout(resolve, pause).unref());
  }

  park(operations: readonly Operation[]): void {
    for (;;) {
      this.progress();
      if (operations.some(({ done }) => done)) return;
      this.nap(PARKED_MS);
      // Handlers of signals are called by the event loop.
      if (process.eventNames().some((name) => String(name).startsWith('SIG'))) return;
    }
  }

  abort(code: number): never {
    R[Word.PEER] = code;
    this.binding.abort();
    process.exit(code);
  }

  finish(mine: Ending, longest: number): Ending | undefined {
    if (this.#forsaken) return mine;
    while (this.opening > 0) this.progress();
    const all = this.#farewell?.agree(mine, longest) ?? (longest === Infinity ? mine : undefined);
    if (all === undefined) return undefined;
    this.notes?.finish();
    const lines = this.unread.lines(this.#farewell);
    if (lines.length > 0) this.onLeftovers?.(lines);
    for (const memory of this.lent) this.binding.detach(memory);
    // By flotilla run or srun: all ranks are ours then, and take part.
    if (mpichOnSeveralHosts()) partTogether(this.world);
    this.binding.finalize();
    return all;
  }

  /** Hands on what the binding has found complete. */
  #collect(): void {
    const operations: MpiOperation[] = [];
    for (let i = 0, n = R[Word.DONE]!; i < n; i++) {
      const at = i * Done.WORDS;
      const id = finished[at + Done.ID]!;
      const operation = this.#active.get(id)!;
      const { envelope } = operation;
      // The status of anything else says nothing but whether it was cancelled (MPI 4.1 §3.7.3).
      if (operation.what === 'memory' || operation.what === 'value') {
        envelope.source = finished[at + Done.SOURCE]!;
        envelope.tag = finished[at + Done.TAG]!;
        envelope.bytes = finishedBytes[(at + Done.BYTES) >> 1]!;
      }
      envelope.cancelled = finished[at + Done.CANCELLED]! !== 0;
      const error = finished[at + Done.ERROR]!;
      if (error === this.truncateClass) {
        operation.error = this.truncated(
          operation,
          envelope.source,
          envelope.tag,
          envelope.bytes,
          operation.room,
          operation.what === 'value',
        );
      } else if (error !== 0) {
        operation.error = this.#error(error, this.binding.lastError(), operation);
      }
      this.#active.delete(id);
      this.#freeIds.push(id);
      operations.push(operation);
    }
    // All messages are taken out of their landings before anyone hears: who does may begin operations, which get the numbers just freed.
    for (const operation of operations) {
      if (operation.what === 'value') this.#land(operation);
      else if (operation.what === 'memory') this.#checkMemory(operation);
    }
    this.notes?.tell();
    for (const operation of operations) {
      operation.done = true;
      operation.onDone?.();
    }
  }

  /** A value may have come where memory was to come. */
  #checkMemory(operation: MpiOperation): void {
    const { envelope, error, comm } = operation;
    const { source, tag, bytes } = envelope;
    if (envelope.cancelled) return;
    const carrier = this.derived.get(comm);
    if (carrier === undefined || source === carrier.self) return;
    // Of a message that did not fit a library may not tell the length.
    if (error?.code === 'ERR_TRUNCATE' && bytes <= operation.room) return;
    if (isAlone(bytes) && carrier.takeNote(source, tag, bytes).isValue)
      operation.error ??= this.isValue(operation, envelope);
  }

  /** The error of a memory call that has got a value. */
  isValue(
    { operation, rank }: { readonly operation: string; readonly rank: number },
    { source, tag }: Envelope,
  ): MpiError {
    const message = `the message from rank ${source}, tag ${tag} is a value: receive it with recv`;
    return new MpiError('ERR_TYPE', message, { operation, rank, peer: source, tag });
  }

  /** The error of a call for values that has got memory. */
  isMemory(
    { operation, rank }: { readonly operation: string; readonly rank: number },
    { source, tag }: Envelope,
  ): MpiError {
    const message = `the message from rank ${source}, tag ${tag} was sent by Send: receive it with Recv`;
    return new MpiError('ERR_TYPE', message, { operation, rank, peer: source, tag });
  }

  #moveNote(apart: MpiCarrier, peer: number, bytes: number, call: () => void): void {
    R[Word.COMM] = apart.handle;
    R[Word.PEER] = peer;
    R[Word.TAG] = NOTE_TAG;
    F[Double.COUNT] = bytes;
    call();
    if (R[Word.ERROR] !== 0) this.check(apart, peer);
  }

  /** A number that no other communicator has, on any rank. */
  newContext(): number {
    return this.world.rank * 2 ** 32 + ++this.#contexts;
  }

  /** Takes the message of a value out of its landing. */
  #land(operation: MpiOperation): void {
    const { envelope } = operation;
    R[Word.ID] = operation.id;
    const nothing = envelope.cancelled || operation.error !== undefined;
    F[Double.BYTES] = nothing ? 0 : envelope.bytes;
    this.binding.turnTo();
    if (nothing) {
      this.binding.leave();
      return;
    }
    try {
      operation.incoming = this.takeValue(operation, operation.comm, envelope, true);
    } catch (error) {
      if (!(error instanceof MpiError)) throw error;
      operation.error = error;
    }
  }

  /** The value's message in the current landing: lent from the stage when small and not `owned`. */
  takeValue(
    at: { readonly operation: string; readonly rank: number },
    comm: number,
    envelope: Envelope,
    owned: boolean,
  ): Incoming {
    const { bytes, source, tag } = envelope;
    if (isAlone(bytes)) {
      const carrier = this.derived.get(comm);
      const noted = carrier?.self === source ? undefined : carrier?.takeNote(source, tag, bytes);
      if (noted?.isValue === true) {
        const value = join(noted.copy(), (into, length) => this.#copyOut(0, length, into));
        this.binding.leave();
        envelope.bytes = joinedBytes(value);
        return value;
      }
    }
    if (bytes < PREFIX_BYTES || incoming.words[0] !== MAGIC) {
      this.binding.leave();
      throw this.isMemory(at, envelope);
    }
    const length = incoming.words[1]!;
    if (length === bytes && bytes <= STAGE_BYTES) {
      const memory = owned ? Buffer.from(incoming.bytes.subarray(0, length)) : incoming.bytes;
      if (owned) this.binding.leave();
      return { bytes: memory, start: 0, length, parts: [] };
    }
    const head = Buffer.allocUnsafeSlow(length);
    this.#copyOut(0, length, head);
    let from = length;
    const parts = partLengths(head, 0, length).map((size) => {
      const part = arrivalMemory(size);
      this.#copyOut(from, size, part);
      from += padded(size);
      return part.buffer;
    });
    this.binding.leave();
    return { bytes: head, start: 0, length, parts };
  }

  #copyOut(from: number, length: number, into: Uint8Array): void {
    F[Double.ADDRESS] = from;
    F[Double.COUNT] = length;
    this.binding.copyOut(into);
  }
}

function requestsOf(operations: readonly Operation[]): MpiOperation[] {
  return operations.flatMap((operation) => {
    if (operation instanceof MpiScheduled) return requestsOf(operation.waiting);
    return operation instanceof MpiOperation && !operation.done ? [operation] : [];
  });
}

const NAP = new Int32Array(new SharedArrayBuffer(4));
