import { MpiError } from '../error.ts';
import type { Carrier, Envelope, Joined, Matched, Operation, Program, Reduction, Steps } from '../fabric.ts';
import type { FileMode } from '../file.ts';
import { byteLengthOf, kindOf, type Irregular, type Layout, type TypedArray } from '../memory.ts';
import type { Decode, Outgoing } from '../message.ts';
import * as collectives from './collectives.ts';
import type { Call } from './collectives.ts';
import type { ThreadsFabric } from './fabric.ts';
import { ThreadsFile } from './file.ts';
import { meet } from './gate.ts';
import { Contexts, makeGroup, type Group } from './group.ts';
import { agree, share, type Link } from './join.ts';
import { Ledger } from './ledger.ts';
import { take } from './matched.ts';
import { Comm, communicatorBlock, MAX_COMMUNICATORS, SELF_ID, World } from './memory.ts';
import { ThreadsNonblocking } from './nonblocking.ts';
import { Port } from './port.ts';
import { SendSites } from '../send-sites.ts';
import { ScheduledOperation } from './scheduled.ts';
import * as schedules from './schedules.ts';
import { refusalOf } from './spawn.ts';
import { ThreadsWindow } from './window.ts';
import * as shared from './shared.ts';
import * as short from './short.ts';
import type { Slots } from './slots.ts';

/** A communicator over threads: a port for its users' messages, one for its collectives. */
export class ThreadsCarrier implements Carrier {
  readonly rank: number;
  readonly size: number;
  readonly peers: number;
  operation = '';
  readonly ledger: Ledger;
  readonly nonblocking: ThreadsNonblocking;
  /** From where its users have sent. */
  readonly sites: SendSites = new SendSites();
  readonly #user: Port;
  readonly #collective: Port;
  readonly #slots: Slots;
  readonly #block: number;

  constructor(
    readonly fabric: ThreadsFabric,
    readonly group: Group,
    /** The ranks that messages go to; between two groups those of the other. */
    readonly peerGroup: Group = group,
  ) {
    const { engine } = fabric;
    this.rank = group.rank;
    this.size = group.members.length;
    this.peers = peerGroup.members.length;
    this.#user = new Port(engine, peerGroup, Contexts.USER);
    this.#collective = new Port(engine, group, Contexts.COLLECTIVE);
    this.#slots = engine.slots;
    this.#block = communicatorBlock(engine.memory.size, group.id);
    this.ledger = new Ledger(engine, group);
    this.nonblocking = new ThreadsNonblocking(this);
  }

  send(array: TypedArray, dest: number, tag: number, synchronous: boolean): void {
    this.sites.note(dest, tag);
    this.#user.send(array, dest, tag, synchronous, this.operation);
  }

  isend(array: TypedArray, dest: number, tag: number, synchronous: boolean): Operation {
    this.sites.note(dest, tag);
    return this.#user.isend(array, dest, tag, synchronous, this.operation);
  }

  recv(array: TypedArray, source: number, tag: number, envelope: Envelope): void {
    this.#user.recv(array, source, tag, envelope, this.operation);
  }

  irecv(array: TypedArray, source: number, tag: number): Operation {
    return this.#user.irecv(array, source, tag, this.operation);
  }

  sendMessage(message: Outgoing, dest: number, tag: number, synchronous: boolean): void {
    this.sites.note(dest, tag);
    this.#user.sendMessage(message, dest, tag, synchronous, this.operation);
  }

  isendMessage(message: Outgoing, dest: number, tag: number, synchronous: boolean): Operation {
    this.sites.note(dest, tag);
    return this.#user.isendMessage(message, dest, tag, synchronous, this.operation);
  }

  recvMessage<T>(source: number, tag: number, envelope: Envelope, decode: Decode<T>): T {
    return this.#user.recvMessage(source, tag, envelope, decode, this.operation);
  }

  irecvMessage(source: number, tag: number): Operation {
    return this.#user.irecvMessage(source, tag, this.operation);
  }

  inSteps(steps: Steps): Operation {
    const operation = new ScheduledOperation(this.fabric.engine, this.peerGroup, this.operation, steps);
    this.fabric.engine.begin(operation);
    return operation;
  }

  probe(source: number, tag: number, envelope: Envelope): void {
    this.#user.probe(source, tag, envelope, this.operation);
  }

  iprobe(source: number, tag: number, envelope: Envelope): boolean {
    return this.#user.iprobe(source, tag, envelope);
  }

  mprobe(source: number, tag: number, envelope: Envelope): Matched {
    this.probe(source, tag, envelope);
    return this.improbe(source, tag, envelope)!;
  }

  improbe(source: number, tag: number, envelope: Envelope): Matched | undefined {
    return take(this, source, tag, envelope);
  }

  barrier(): void {
    this.#collectively(-1, () => meet(this.fabric.engine, this.group, this.operation));
  }

  bcast(array: TypedArray, root: number): void {
    const light = short.fits(this.fabric.engine, this.size, byteLengthOf(array));
    this.#shortly(root, light, (call) => {
      if (light && this.rank !== root && short.receive(call, array, root)) return;
      // The array may be longer on another rank: the first to ask decides.
      if (this.ledger.agree()) short.bcast(call, array, root);
      else shared.bcast(this.#slots, call, array, root);
    });
  }

  scatter(send: TypedArray | null, recv: TypedArray | null, root: number): void {
    this.#collectively(root, (call) => collectives.scatter(call, send, recv, root));
  }

  scatterv(send: Irregular | null, recv: TypedArray | null, root: number): void {
    this.#collectively(root, (call) => collectives.scatter(call, send, recv, root));
  }

  gather(send: TypedArray | null, recv: TypedArray | null, root: number): void {
    this.#collectively(root, (call) => collectives.gather(call, send, recv, root));
  }

  gatherv(send: TypedArray | null, recv: Irregular | null, root: number): void {
    this.#collectively(root, (call) => collectives.gather(call, send, recv, root));
  }

  allgather(send: TypedArray | null, recv: Layout): void {
    if ('counts' in recv) return this.#collectively(-1, (call) => collectives.allgather(call, send, recv));
    if (short.fits(this.fabric.engine, this.size, byteLengthOf(recv) / this.size))
      return this.#shortly(-1, true, (call) => short.allgather(call, send, recv));
    this.#collectively(-1, (call) => shared.allgather(this.#slots, call, send, recv));
  }

  alltoall(send: Layout | null, recv: Layout): void {
    if ('counts' in recv || (send !== null && 'counts' in send))
      return this.#collectively(-1, (call) => collectives.alltoall(call, send, recv));
    if (short.fits(this.fabric.engine, this.size, byteLengthOf(recv) / this.size))
      return this.#shortly(-1, true, (call) => short.alltoall(call, send, recv));
    this.#collectively(-1, (call) => shared.alltoall(this.#slots, call, send, recv));
  }

  alltoallw(send: readonly TypedArray[], recv: readonly TypedArray[]): void {
    this.#collectively(-1, (call) => collectives.alltoall(call, send, recv));
  }

  reduce(send: TypedArray | null, recv: TypedArray | null, op: Reduction, root: number): void {
    this.#collectively(root, (call) => {
      if (shared.reducible(op, (send ?? recv)!)) shared.reduce(this.#slots, call, send, recv, op, root);
      else this.#complete(schedules.reduce(call, send, recv, op, root));
    });
  }

  allreduce(send: TypedArray | null, recv: TypedArray, op: Reduction): void {
    if (short.fits(this.fabric.engine, this.size, byteLengthOf(recv)))
      return this.#shortly(-1, true, (call) => short.allreduce(call, send, recv, op));
    this.#collectively(-1, (call) => {
      if (shared.reducible(op, recv)) shared.reduce(this.#slots, call, send, recv, op, -1);
      else this.#complete(schedules.reduce(call, send, recv, op, -1));
    });
  }

  scan(send: TypedArray | null, recv: TypedArray, op: Reduction): void {
    this.#collectively(-1, (call) => collectives.scan(call, send, recv, op, false));
  }

  exscan(send: TypedArray | null, recv: TypedArray, op: Reduction): void {
    this.#collectively(-1, (call) => collectives.scan(call, send, recv, op, true));
  }

  reduceScatter(send: TypedArray | null, recv: TypedArray, counts: readonly number[], op: Reduction): void {
    this.#collectively(-1, (call) => {
      if (shared.reducible(op, recv)) shared.reduceScatter(this.#slots, call, send, recv, counts, op);
      else this.#complete(schedules.reduceScatter(call, send, recv, counts, op));
    });
  }

  split(color: number | null, key: number): ThreadsCarrier | null {
    return this.#collectively(-1, (call) => {
      const { size, rank } = this;
      const choices = new Float64Array(3 * size);
      choices.set([color === null ? 0 : 1, color ?? 0, key], 3 * rank);
      shared.allgather(this.#slots, call, null, choices);
      const choice = (r: number, i: number) => choices[3 * r + i]!;
      if (color === null) return null;
      const ranks = [...Array(size).keys()].filter((r) => choice(r, 0) === 1 && choice(r, 1) === color);
      ranks.sort((a, b) => choice(a, 2) - choice(b, 2) || a - b);
      return this.#derive(call, ranks, `${this.group.name}/split(${color})`);
    });
  }

  dup(name = 'dup'): ThreadsCarrier {
    return this.#collectively(-1, (call) =>
      this.#derive(call, [...Array(this.size).keys()], `${this.group.name}/${name}`),
    );
  }

  splitShared(key: number): ThreadsCarrier {
    // Threads of one process are on one node.
    return this.split(0, key)!;
  }

  createGroup(ranks: readonly number[], tag: number): ThreadsCarrier {
    return this.#derive(this.#aside(tag), ranks, `${this.group.name}/create`);
  }

  members(): Int32Array {
    return this.group.members;
  }

  join(
    localLeader: number,
    peer: ThreadsCarrier | null,
    remoteLeader: number,
    tag: number,
    low: boolean,
  ): Joined {
    const allocate = (members: number) => this.#allocate(members);
    const found =
      peer && agree(peer.#aside(tag, this.operation), this.group.members, remoteLeader, low, allocate);
    return this.#link('intercomm', share(this, found, localLeader), low);
  }

  spawn(program: Program | null, root: number): Joined {
    const found = program && this.#start(program);
    return this.#link('spawn', share(this, found, root), true);
  }

  /** New ranks, or the reason why there are none. */
  #start(program: Program): Link | string {
    const refusal = refusalOf(program);
    if (refusal !== undefined) return refusal;
    const parents = this.group.members;
    const world = this.#allocate(program.ranks);
    const across = this.#allocate(program.ranks + parents.length);
    const union = this.#allocate(program.ranks + parents.length);
    const reply = this.fabric.ask({ program, family: { parents, world, across, union } });
    if ('children' in reply) return { remote: reply.children, across, union };
    for (const id of [world, across, union]) this.#release(id);
    return reply.refusal;
  }

  #link(how: string, link: Link | string, low: boolean): Joined {
    if (typeof link !== 'string')
      return this.fabric.joined(`${this.group.name}/${how}`, this.group, link, low);
    throw new MpiError('ERR_SPAWN', link, { operation: this.operation, rank: this.rank });
  }

  disconnect(): void {
    this.free();
  }

  free(): void {
    this.nonblocking.settle();
    // A barrier, so that nobody still sends to a communicator whose number another may get. Between two groups the union's does that.
    if (this.peerGroup === this.group) this.barrier();
    this.fabric.forget(this);
    this.leave();
  }

  /** This rank is no longer in it. */
  leave(): void {
    const { engine } = this.fabric;
    for (const { members } of new Set([this.group, this.peerGroup])) engine.letGo(members);
    if (this.group.id > SELF_ID) Atomics.sub(engine.words, this.#block + Comm.MEMBERS, 1);
  }

  window(kind: number, lengths: readonly number[], shared: boolean): ThreadsWindow {
    return new ThreadsWindow(this, this.dup('window'), kind, lengths, shared);
  }

  windowOver(array: TypedArray, lengths: readonly number[]): ThreadsWindow {
    return new ThreadsWindow(this, this.dup('window'), kindOf(array), lengths, false, array);
  }

  openFile(path: string, mode: FileMode): ThreadsFile {
    return new ThreadsFile(this, this.dup('file'), path, mode);
  }

  /** A communicator of some of our ranks; its first one finds it a number. */
  #derive(call: Call, ranks: readonly number[], name: string): ThreadsCarrier {
    const number = new Int32Array(1);
    const first = ranks[0]!;
    if (this.rank === first) {
      number[0] = this.#allocate(ranks.length);
      for (const rank of ranks.slice(1)) call.port.send(number, rank, call.number, false, call.operation);
    } else {
      call.port.recv(number, first, call.number, scratch, call.operation);
    }
    const members = Int32Array.from(ranks, (rank) => this.group.members[rank]!);
    const group = makeGroup(number[0]!, name, members, ranks.indexOf(this.rank));
    return this.fabric.adopt(new ThreadsCarrier(this.fabric, group));
  }

  #allocate(members: number): number {
    const { words, memory } = this.fabric.engine;
    for (let tries = 0; tries < MAX_COMMUNICATORS; tries++) {
      const id = Atomics.add(words, World.NEXT_COMMUNICATOR, 1) % MAX_COMMUNICATORS;
      const block = communicatorBlock(memory.size, id);
      if (Atomics.compareExchange(words, block + Comm.MEMBERS, 0, members) !== 0) continue;
      for (let i = 0; i < Comm.LEDGER_LENGTH; i++) words[block + Comm.LEDGER + i] = 0;
      return id;
    }
    const message = `${MAX_COMMUNICATORS} communicators are in use: free() those that you no longer need`;
    throw new MpiError('ERR_INTERN', message, { operation: this.operation, rank: this.rank });
  }

  #release(id: number): void {
    const { words, memory } = this.fabric.engine;
    Atomics.store(words, communicatorBlock(memory.size, id) + Comm.MEMBERS, 0);
  }

  /** For calls that not all of this communicator make: tags that none of its collectives has. */
  #aside(tag: number, operation: string = this.operation): Call {
    return { port: this.#collective, group: this.group, number: ASIDE_TAG - tag, operation };
  }

  /** Takes steps of messages to their end. */
  #complete(steps: Steps): void {
    for (const operations of steps) {
      for (const operation of operations) this.fabric.wait([operation], 'all');
      for (const { error } of operations) if (error !== undefined) throw error;
    }
  }

  #collectively<T>(root: number, body: (call: Call) => T): T {
    const { operation, ledger, group } = this;
    const number = ledger.begin(operation, root);
    const result = body({ port: this.#collective, group, number, operation });
    ledger.end();
    return result;
  }

  /** For bodies that look at the ledger themselves, where they do. `light`: the array here is short. */
  #shortly(root: number, light: boolean, body: (call: short.ShortCall) => void): void {
    const { operation, ledger, group } = this;
    const number = ledger.enter(operation, root, light);
    body({ port: this.#collective, group, number, operation, ledger });
    ledger.end();
  }
}

/** Collectives have tags from 1 on; this one and lower are for the rest. */
const ASIDE_TAG = -2;

const scratch: Envelope = { source: 0, tag: 0, bytes: 0, cancelled: false };
