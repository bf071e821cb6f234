import { printed } from '../internal/index.ts';
import type { MpiError } from '../fabric/error.ts';
import type { Carrier } from '../fabric/fabric.ts';
import { Attributes, type AttributeKey } from './attributes.ts';
import type { CartCommunicator, CartOptions } from './cart.ts';
import type { Adjacency, DistGraph, DistGraphCommunicator, GraphCommunicator } from './graph.ts';
import { Persistent } from './persistent.ts';
import type { Topologies } from './topologies.ts';
import { checkColor } from './colors.ts';
import { UNDEFINED } from './constants.ts';
import { compareMembers, Group, type Comparison } from './group.ts';
import { Intercommunicator } from './intercommunicator.ts';
import { programOf, type SpawnOptions } from './program.ts';

/**
 * A group of ranks that can talk, in a context of their own (MPI 4.1 §7). Lowercase calls carry any value, Uppercase calls typed arrays.
 * Get the first one from `world()`.
 */
export class Communicator extends Persistent {
  /** Set by topologies.ts. @internal */
  static topologies: Topologies;
  readonly #attributes = new Attributes();

  static {
    printed(Communicator, (comm) => {
      const kind = comm.constructor.name;
      try {
        return `${kind} '${comm.name}' { rank: ${comm.rank}, size: ${comm.size} }`;
      } catch {
        return `${kind} { freed }`;
      }
    });
  }

  /**
   * Collective: one new communicator for each color, ranks ordered by key, then by rank here (§7.4.2). A null color (MPI_UNDEFINED)
   * gets none and returns null.
   */
  split(color: number | null, key: number = this.rank): Communicator | null {
    const carrier = this.enter('split');
    checkColor(carrier, color, key);
    const part = carrier.split(color, key);
    return part && new Communicator(part, `${this.name}/split(${color ?? ''})`);
  }

  /** Collective: the ranks that share this rank's node, ordered by key, then by rank here (§7.4.2 MPI_Comm_split_type). */
  splitShared(key: number = this.rank): Communicator {
    const carrier = this.enter('splitShared');
    checkColor(carrier, null, key);
    return new Communicator(carrier.splitShared(key), `${this.name}/splitShared`);
  }

  /** Collective: the same ranks in a new context; messages of one never match receives of the other (§7.4.2). */
  dup(): Communicator {
    return this.passOn(new Communicator(this.enter('dup').dup(), `${this.name}/dup`));
  }

  /** Gives a duplicate the attributes that it is to have. */
  protected passOn<C extends Communicator>(duplicate: C): C {
    this.#attributes.copyTo(duplicate.#attributes);
    return duplicate;
  }

  /** Its processes in rank order (§7.3.2 MPI_Comm_group). */
  group(): Group {
    const carrier = this.enter('group');
    return new Group(carrier.fabric, carrier.members());
  }

  /**
   * Collective over this communicator: one for the group's members, with their ranks there; null for all others (§7.4.2
   * MPI_Comm_create). Groups of different ranks may differ when they are the same or have no member in common. Throws ERR_GROUP when a
   * member is not of this communicator.
   */
  create(group: Group): Communicator | null {
    const carrier = this.enter('create');
    const ranks = this.#ranksOf(group);
    const member = group.rank !== UNDEFINED;
    const part = carrier.split(member ? ranks[0]! : null, member ? group.rank : 0);
    if (part === null) return null;
    if (part.size !== group.size) {
      const message = `of the group of ${group.size} only ${part.size} members named it: a rank gave another group`;
      throw this.refuse('ERR_GROUP', message);
    }
    return new Communicator(part, `${this.name}/create`);
  }

  /**
   * As create, called by the members of the group alone, all with the same group (§7.4.2 MPI_Comm_create_group). `tag` tells apart calls of
   * several threads of a program; one after the other they may have the same.
   */
  createGroup(group: Group, tag = 0): Communicator {
    const carrier = this.enter('createGroup');
    if (tag >>> 0 !== tag || tag > carrier.fabric.tagUpperBound - 1)
      throw this.refuse('ERR_TAG', `${String(tag)} is not a tag`, { tag });
    const ranks = this.#ranksOf(group);
    if (group.rank === UNDEFINED) throw this.refuse('ERR_GROUP', 'this rank is not in the group');
    return new Communicator(carrier.createGroup(ranks, tag), `${this.name}/create`);
  }

  /**
   * IDENT: the same communicator. CONGRUENT: the same processes in the same order, in another context. SIMILAR: in another order.
   * UNEQUAL otherwise. Local (§7.4.1).
   */
  compare(other: Communicator): Comparison {
    const mine = this.enter('compare');
    const theirs = other.enter('compare');
    if (mine === theirs) return 'IDENT';
    const members = compareMembers(mine.members(), theirs.members());
    return members === 'IDENT' ? 'CONGRUENT' : members;
  }

  /** Keeps a value under a key on this rank; what was there is let go (§7.7.2). */
  setAttribute<T>(key: AttributeKey<T>, value: T): void {
    this.enter('setAttribute');
    this.#attributes.set(key, value);
  }

  /** The value under a key, undefined if there is none (§7.7.2). */
  getAttribute<T>(key: AttributeKey<T>): T | undefined {
    this.enter('getAttribute');
    return this.#attributes.get(key);
  }

  /** Lets a value go; false if there was none (§7.7.2). */
  deleteAttribute<T>(key: AttributeKey<T>): boolean {
    this.enter('deleteAttribute');
    return this.#attributes.delete(key);
  }

  /** Collective: gives the communicator back. Later calls throw ERR_COMM; 'world' and 'self' cannot be freed (§7.4.3). */
  free(): void {
    this.#letGo('free').free();
  }

  /** Collective: as free, and waits for communication under way; processes that nothing else connects may then end apart (§11.10.4). */
  disconnect(): void {
    this.#letGo('disconnect').disconnect();
  }

  /**
   * Collective over two groups, each with its communicator: they can talk afterwards (§7.6.2 MPI_Intercomm_create). Each has a leader,
   * named by its rank in the group; both leaders are also in `peerComm`, and each names the other by its rank there. `peerComm`,
   * `remoteLeader` and `tag` count at the leaders only. The groups must have no process in common.
   */
  createIntercomm(
    localLeader: number,
    peerComm: Communicator | null,
    remoteLeader: number,
    tag = 0,
  ): Intercommunicator {
    const carrier = this.enter('createIntercomm');
    if (localLeader >>> 0 !== localLeader || localLeader >= this.size)
      throw this.refuse('ERR_RANK', `there is no rank ${String(localLeader)} in '${this.name}' to lead it`);
    const refusal = this.rank === localLeader ? this.#refuseLeader(peerComm, remoteLeader, tag) : undefined;
    const low = this.rank === localLeader && peerComm !== null && peerComm.rank < remoteLeader;
    // What the leader found out, all learn before any of them waits for the other group.
    const verdict = Int32Array.of(refusal ? -1 : Number(low));
    carrier.bcast(verdict, localLeader);
    if (verdict[0]! < 0)
      throw (
        refusal ?? this.refuse('ERR_COMM', `its leader, rank ${localLeader}, has refused what it was given`)
      );
    const local = carrier.dup();
    const peer = this.rank === localLeader ? peerComm!.carrier : null;
    const joined = carrier.join(localLeader, peer, remoteLeader, tag, verdict[0] === 1);
    return new Intercommunicator(joined, local, `${this.name}/intercomm`);
  }

  /**
   * Collective: starts `ranks` new ranks that run a script with these arguments, and joins them with this communicator (§11.8.2
   * MPI_Comm_spawn). They have a `world()` of their own and find the others through `parent()`. `script`, `args`, `ranks` and `options` count at the
   * root; a path is relative to its working folder. They have the root's environment and working folder, unless `options` say otherwise. Throws ERR_SPAWN on every rank when they cannot be started. The new ranks are of the same
   * job: it lasts until they have ended, and an error on one of them ends all.
   */
  spawn(
    script: string | URL,
    args: readonly string[] = [],
    ranks = 1,
    root = 0,
    options: SpawnOptions = {},
  ): Intercommunicator {
    const carrier = this.enter('spawn');
    this.checkRoot(root);
    const asked = this.rank === root ? programOf(script, args, ranks, options) : null;
    const refusal = typeof asked === 'string' ? Buffer.from(asked) : undefined;
    const length = Int32Array.of(refusal?.length ?? 0);
    carrier.bcast(length, root);
    if (length[0]! > 0) {
      const text = refusal ?? new Uint8Array(length[0]!);
      carrier.bcast(text, root);
      throw this.refuse('ERR_SPAWN', Buffer.from(text).toString());
    }
    const local = carrier.dup();
    const joined = carrier.spawn(typeof asked === 'string' ? null : asked, root);
    return new Intercommunicator(joined, local, `${this.name}/spawn`);
  }

  /**
   * Collective: the first ranks at the points of a grid with `dims` ranks along each dimension, in row-major order; null for ranks
   * that do not fit (§8.5.1). `dimsCreate` finds dims for a number of ranks; no dims give a grid of one point.
   *
   * @throws MpiError ERR_DIMS for a grid larger than this communicator and for extents that are none, ERR_TOPOLOGY when the ranks differ.
   */
  cart(dims: readonly number[], options: CartOptions = {}): CartCommunicator | null {
    return Communicator.topologies.cart(this.enter('cart'), this.name, dims, options);
  }

  /**
   * Collective: the first ranks as nodes of a graph, in which node i has an edge to each of `adjacency[i]`; null for ranks beyond
   * (§8.5.3). All ranks give the same graph.
   *
   * @throws MpiError ERR_RANK for a neighbor that is no node, ERR_TOPOLOGY for more nodes than ranks and when the ranks differ.
   */
  graph(adjacency: Adjacency): GraphCommunicator | null {
    return Communicator.topologies.graph(this.enter('graph'), this.name, adjacency);
  }

  /**
   * Collective: a graph of which each rank gives its own edges (§8.5.4, MPI_DIST_GRAPH_CREATE_ADJACENT).
   *
   * @throws MpiError ERR_RANK for a neighbor that is no rank, ERR_COUNT and ERR_ARG for weights that do not fit, ERR_TOPOLOGY on every
   *     rank when the two ends of an edge do not agree or only some ranks give weights.
   */
  distGraph(graph: DistGraph): DistGraphCommunicator {
    return Communicator.topologies.distGraph(this.enter('distGraph'), this.name, graph);
  }

  /** Ends every rank of the job with this exit code (§9.5). */
  abort(code = 1): never {
    const { fabric } = this.enter('abort');
    process.stderr.write(`flotilla: rank ${fabric.world.rank} has called abort(${code}): the job ends\n`);
    return fabric.abort(code);
  }

  #letGo(operation: string): Carrier {
    const carrier = this.enter(operation);
    if (carrier === carrier.fabric.world || carrier === carrier.fabric.self) {
      throw this.refuse('ERR_COMM', `'${this.name}' cannot be freed`);
    }
    this.#attributes.free();
    this.markFreed();
    return carrier;
  }

  /** What is wrong with what a leader gave. */
  #refuseLeader(peerComm: Communicator | null, remoteLeader: number, tag: number): MpiError | undefined {
    if (peerComm === null)
      return this.refuse('ERR_COMM', 'the leader needs a communicator with the other leader');
    const { rank, size, name } = peerComm;
    if (remoteLeader >>> 0 !== remoteLeader || remoteLeader >= size || remoteLeader === rank)
      return this.refuse('ERR_RANK', `rank ${String(remoteLeader)} of '${name}' cannot be the other leader`);
    if (tag >>> 0 === tag && tag < this.carrier.fabric.tagUpperBound) return undefined;
    return this.refuse('ERR_TAG', `${String(tag)} is not a tag`, { tag });
  }

  /** The ranks here of a group's members. */
  #ranksOf(group: Group): number[] {
    const ranks = group.within(this.carrier.members());
    const missing = ranks.indexOf(UNDEFINED);
    if (missing < 0) return ranks;
    throw this.refuse('ERR_GROUP', `rank ${missing} of the group is not in the communicator '${this.name}'`);
  }
}
