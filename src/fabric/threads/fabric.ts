import { hostname } from 'node:os';
import { placesOf, userLine } from '../where.ts';
import type { Ending, Fabric, Joined, Operation } from '../fabric.ts';
import { ThreadsCarrier } from './carrier.ts';
import { Engine } from './engine.ts';
import { Contexts, contextOf, makeGroup, type Group } from './group.ts';
import type { Link } from './join.ts';
import { Leftovers, type Left } from './leftovers.ts';
import type { Unexpected } from './matching.ts';
import { Rank, rankBlock, SELF_ID, State, World, WORLD_ID, type ThreadsMemory } from './memory.ts';
import { ThreadOperation } from './operation.ts';
import { askForRanks, type Family, type Launcher, type SpawnReply, type SpawnRequest } from './spawn.ts';

/** Freed communicators that a report may tell of. */
const MOST_FREED = 32;

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
  /** What was left on communicators that have been freed, and who sent on the last of those. */
  readonly #unread: Left['unread'][number][] = [];
  readonly #freed: Pick<ThreadsCarrier, 'peerGroup' | 'sites'>[] = [];
  /** Whether the launcher knows of this rank: that of a solo one comes when it is first needed. */
  #asked = false;
  onLeftovers: ((lines: readonly string[]) => void) | undefined;

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
    this.#asked = true;
    return askForRanks(this.engine, this.launcher, request);
  }

  forget(carrier: ThreadsCarrier): void {
    this.#carriers.delete(carrier.group.id);
    // Its number may be given to another one, which must not receive what was left here.
    this.engine.progress();
    const unread = this.#unreadOn(carrier);
    this.#unread.push(...unread);
    const first = contextOf(carrier.peerGroup.id, 0);
    for (let which = 0; which < Contexts.COUNT; which++) this.engine.contexts[first + which] = undefined;
    const { peerGroup, sites } = carrier;
    if (sites.dests.size > 0 || unread.length > 0) this.#freed.push({ peerGroup, sites });
    if (this.#freed.length > MOST_FREED) this.#freed.shift();
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
    engine.settle();
    this.#tell(this.#leave());
    for (const carrier of this.#carriers.values()) {
      carrier.ledger.leave();
      carrier.leave();
    }
    Atomics.store(engine.words, rankBlock(engine.rank) + Rank.STATE, State.ENDED);
    engine.bell.leave();
    if (this.name === 'solo') this.#outlast();
    return mine;
  }

  #tell(left: Left): void {
    const launcher = this.name === 'solo' && !this.#asked ? undefined : this.launcher?.();
    if (launcher !== undefined) return launcher.postMessage(left);
    if (this.name !== 'solo') return;
    const leftovers = new Leftovers(this.engine.memory);
    leftovers.add(this.engine.rank, `rank ${this.world.rank}`, left);
    this.onLeftovers?.(leftovers.lines());
  }

  /** The process of a solo rank ends when the ranks that it has spawned have ended: they are its threads. */
  #outlast(): void {
    const { words } = this.engine;
    for (;;) {
      const running = Atomics.load(words, World.RUNNING);
      const aborted = Atomics.load(words, World.ABORT);
      if (aborted !== 0) process.exit(aborted - 1);
      if (running === (this.#asked ? World.TOLD : 0)) return;
      Atomics.wait(words, World.RUNNING, running);
    }
  }

  /** What MPI_Finalize would find unfinished. */
  #leave(): Left {
    const { active, scheduled } = this.engine;
    const incomplete: string[] = [];
    for (const operation of [...active, ...scheduled]) {
      if (!operation || operation.released) continue;
      const where = operation.where();
      incomplete.push(`${operation.describe()}${where && ` at ${where}`}`);
    }
    const carriers = [...this.#carriers.values()];
    return {
      incomplete,
      unread: [...this.#unread, ...carriers.flatMap((carrier) => this.#unreadOn(carrier))],
      communicators: [...carriers, ...this.#freed].map((carrier) => this.#known(carrier)),
    };
  }

  #unreadOn(carrier: ThreadsCarrier): Left['unread'][number][] {
    const { matched, contexts } = this.engine;
    const context = contextOf(carrier.peerGroup.id, Contexts.USER);
    const taken = [...matched].filter((each) => each.carrier === carrier).map(({ message }) => message);
    const unread = ({ source, tag, bytes }: Unexpected, inTurn: boolean) => ({
      ...{ context, source, tag, bytes, inTurn },
    });
    return [
      ...taken.map((message) => unread(message, false)),
      ...(contexts[context]?.unexpected ?? []).map((message) => unread(message, true)),
    ];
  }

  #known({ peerGroup, sites }: Pick<ThreadsCarrier, 'peerGroup' | 'sites'>): Left['communicators'][number] {
    const { id, name, members } = peerGroup;
    const unsent = (dest: number) => this.engine.unsent(members[dest]!);
    // A source map is for reports only: to read it takes longer than a short program.
    const placeOf = this.name === 'solo' ? userLine : placesOf;
    const context = contextOf(id, Contexts.USER);
    return { context, name, members, streams: sites.report(placeOf, unsent), dests: [...sites.dests] };
  }

  #answer(): void {
    const { words, rank } = this.engine;
    const block = rankBlock(rank);
    if (Atomics.load(words, block + Rank.LOCATE) === 0) return;
    this.#carriers.get(Atomics.load(words, block + Rank.CONTEXT_ASKED))?.ledger.answer();
  }
}
