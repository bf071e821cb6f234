import { hostname } from 'node:os';
import type { Ending, Fabric, Joined, Operation } from '../fabric.ts';
import { ThreadsCarrier } from './carrier.ts';
import { Engine } from './engine.ts';
import { Contexts, contextOf, makeGroup, type Group } from './group.ts';
import type { Link } from './join.ts';
import type { Unexpected } from './matching.ts';
import {
  Rank,
  rankBlock,
  SELF_ID,
  State,
  Text,
  World,
  WORLD_ID,
  writeText,
  type ThreadsMemory,
} from './memory.ts';
import { ThreadOperation } from './operation.ts';
import { askForRanks, type Family, type Launcher, type SpawnReply, type SpawnRequest } from './spawn.ts';

/** One rank of a job over threads. */
export class ThreadsFabric implements Fabric {
  readonly engine: Engine;
  readonly world: ThreadsCarrier;
  readonly self: ThreadsCarrier;
  readonly parent: Joined | undefined;
  readonly tagUpperBound: number = 2 ** 31 - 1;
  readonly processorName: string = hostname();
  readonly libraryVersion: string = `Flotilla over threads, Node.js ${process.version}`;
  readonly #carriers = new Map<number, ThreadsCarrier>();

  constructor(
    memory: ThreadsMemory,
    rank: number,
    readonly name: 'solo' | 'threads',
    readonly launcher: Launcher | undefined,
    family?: Family,
  ) {
    this.engine = new Engine(memory, rank);
    const everyone = family?.children ?? Int32Array.from({ length: memory.size }, (_, i) => i);
    const only = Int32Array.of(rank);
    const world = makeGroup(family?.world ?? WORLD_ID, 'world', everyone, everyone.indexOf(rank));
    this.world = this.adopt(new ThreadsCarrier(this, world));
    this.parent = family && this.joined('parent', world, { ...family, remote: family.parents }, false);
    this.self = this.adopt(new ThreadsCarrier(this, makeGroup(SELF_ID, 'self', only, 0)));
    this.engine.onIdle = () => this.#answer();
  }

  adopt(carrier: ThreadsCarrier): ThreadsCarrier {
    this.#carriers.set(carrier.group.id, carrier);
    for (const { members } of new Set([carrier.group, carrier.peerGroup])) this.engine.hold(members);
    return carrier;
  }

  /** A group and another one. */
  joined(name: string, own: Group, { remote, across, union }: Link, low: boolean): Joined {
    const { members, rank } = own;
    const all = low ? [...members, ...remote] : [...remote, ...members];
    const here = makeGroup(across, name, members, rank);
    const there = makeGroup(across, name, remote, rank);
    const both = makeGroup(union, name, Int32Array.from(all), low ? rank : remote.length + rank);
    return {
      across: this.adopt(new ThreadsCarrier(this, here, there)),
      union: this.adopt(new ThreadsCarrier(this, both)),
      low,
    };
  }

  /** Has ranks started. */
  ask(request: SpawnRequest): SpawnReply {
    if (this.launcher === undefined)
      return { refusal: 'these ranks are not of a job that could start others' };
    return askForRanks(this.engine, this.launcher, request);
  }

  forget(carrier: ThreadsCarrier): void {
    this.#carriers.delete(carrier.group.id);
  }

  wait(operations: readonly Operation[], need: 'all' | 'any'): void {
    const ours = operations.filter((operation) => operation instanceof ThreadOperation);
    if (need === 'any') this.engine.waitAny(ours);
    else for (const operation of ours) this.engine.wait(operation);
  }

  progress(): void {
    this.engine.progress();
  }

  cancel(operation: Operation): void {
    if (operation instanceof ThreadOperation) this.engine.cancel(operation);
  }

  release(operation: Operation): void {
    if (operation instanceof ThreadOperation) operation.released = true;
  }

  nap(longest: number): void {
    this.engine.nap(longest);
  }

  activity(): Promise<void> {
    return this.engine.bell.whenRung(() => {
      this.#answer();
      return this.engine.busy();
    });
  }

  park(operations: readonly Operation[]): void {
    this.wait(operations, 'any');
  }

  abort(code: number): never {
    Atomics.compareExchange(this.engine.words, World.ABORT, 0, code + 1);
    process.exit(code);
  }

  finish(mine: Ending): Ending {
    const { engine } = this;
    // Whatever is still in the rings was sent to us, and never received.
    while (engine.progress());
    writeText(engine.memory, engine.rank, Text.LEFT, this.leftovers().join('\n'));
    for (const carrier of this.#carriers.values()) {
      carrier.ledger.leave();
      carrier.leave();
    }
    Atomics.store(engine.words, rankBlock(engine.rank) + Rank.STATE, State.ENDED);
    engine.bell.leave();
    if (this.name === 'solo') this.#outlast();
    return mine;
  }

  /** The process of a solo rank ends when the ranks that it has spawned have ended: they are its threads. */
  #outlast(): void {
    const { words } = this.engine;
    for (;;) {
      const running = Atomics.load(words, World.RUNNING);
      const aborted = Atomics.load(words, World.ABORT);
      if (aborted !== 0) process.exit(aborted - 1);
      if (running === 0) return;
      Atomics.wait(words, World.RUNNING, running);
    }
  }

  /** What MPI_Finalize would find unfinished, a line each. */
  leftovers(): string[] {
    const { active, contexts, scheduled, matched } = this.engine;
    const lines: string[] = [];
    for (const operation of [...active, ...scheduled]) {
      if (!operation || operation.released) continue;
      const where = operation.where();
      lines.push(`never completed: ${operation.describe()}${where && ` at ${where}`}`);
    }
    const unreceived = (group: Group, { source, tag, bytes }: Unexpected) => {
      const size = `${bytes} byte${bytes === 1 ? '' : 's'}`;
      lines.push(`never received: ${size} from rank ${group.rankOf[source]!}, tag ${tag} on ${group.name}`);
    };
    for (const { carrier, message } of matched) unreceived(carrier.peerGroup, message);
    for (const { peerGroup: group } of this.#carriers.values()) {
      const messages = contexts[contextOf(group.id, Contexts.USER)]?.unexpected ?? [];
      for (const message of messages) unreceived(group, message);
    }
    return lines;
  }

  #answer(): void {
    const { words, rank } = this.engine;
    const block = rankBlock(rank);
    if (Atomics.load(words, block + Rank.LOCATE) === 0) return;
    this.#carriers.get(Atomics.load(words, block + Rank.CONTEXT_ASKED))?.ledger.answer();
  }
}
