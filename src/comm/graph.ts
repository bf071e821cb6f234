import type { Carrier } from '../fabric/fabric.ts';
import { NeighborCommunicator } from './neighbors.ts';

/** One entry for each node: the nodes that it has an edge to. A node may name itself, and another more than once. */
export type Adjacency = readonly (readonly number[])[];

/** The part of a distributed graph around one rank (MPI 4.1 §8.5.4). */
export interface DistGraph {
  /** Ranks with an edge to this one. One that is named k times has k edges, told apart by their order. */
  readonly sources: readonly number[];
  /** Ranks that this one has an edge to. */
  readonly destinations: readonly number[];
  /** A number ≥ 0 for each edge: how much travels along it, in a unit of the user's choice. On all ranks or none. */
  readonly sourceWeights?: readonly number[] | undefined;
  readonly destinationWeights?: readonly number[] | undefined;
}

/** Communicators of graphs: the k-th edge from one rank to another leads to the k-th that the other has from it (MPI 4.1 §8.6). */
abstract class EdgesCommunicator extends NeighborCommunicator {
  // Messages from one rank to another arrive in the order sent, which is that of the edges.
  protected override sendTag(): number {
    return 0;
  }

  protected override receiveTag(): number {
    return 0;
  }
}

/**
 * A graph that every rank knows whole (MPI 4.1 §8.5.3). Made by `comm.graph(adjacency)`. Its collectives need each edge in both directions; where some
 * are missing they throw ERR_TOPOLOGY, and `distGraph` is what you want.
 */
export class GraphCommunicator extends EdgesCommunicator {
  readonly adjacency: Adjacency;
  readonly #oneWay: string | undefined;

  /** @internal */
  constructor(carrier: Carrier, name: string, adjacency: Adjacency) {
    const own = adjacency[carrier.rank]!;
    super(carrier, name, own, own);
    this.adjacency = adjacency;
    this.#oneWay = oneWayEdge(adjacency);
  }

  /** The neighbors of a rank, of this one if none is given (§8.5.5). Throws ERR_RANK for a rank that is not there. */
  neighbors(rank: number = this.rank): readonly number[] {
    this.enter('neighbors');
    const list = this.adjacency[rank];
    if (list === undefined)
      throw this.refuse('ERR_RANK', `there is no rank ${String(rank)} among ${this.size}`);
    return list;
  }

  /** As of any communicator; the topology stays (§7.4.2). */
  override dup(): GraphCommunicator {
    return new GraphCommunicator(this.enter('dup').dup(), `${this.name}/dup`, this.adjacency);
  }

  protected override enterNeighbors(operation: string): void {
    super.enterNeighbors(operation);
    if (this.#oneWay !== undefined) throw this.refuse('ERR_TOPOLOGY', this.#oneWay);
  }
}

/** A graph of which each rank knows its own edges (MPI 4.1 §8.5.4). Made by `comm.distGraph({ sources, destinations })`. */
export class DistGraphCommunicator extends EdgesCommunicator {
  /** Weights of the edges from `sources`; undefined in a graph without. */
  readonly sourceWeights: readonly number[] | undefined;
  /** Weights of the edges to `destinations`; undefined in a graph without. */
  readonly destinationWeights: readonly number[] | undefined;

  /** @internal */
  constructor(carrier: Carrier, name: string, graph: DistGraph) {
    super(carrier, name, graph.sources, graph.destinations);
    this.sourceWeights = graph.sourceWeights;
    this.destinationWeights = graph.destinationWeights;
  }

  /** As of any communicator; the topology stays (§7.4.2). */
  override dup(): DistGraphCommunicator {
    return new DistGraphCommunicator(this.enter('dup').dup(), `${this.name}/dup`, this);
  }
}

function oneWayEdge(adjacency: Adjacency): string | undefined {
  const count = (from: number, to: number) => adjacency[from]!.filter((node) => node === to).length;
  for (const [from, list] of adjacency.entries()) {
    for (const to of list) {
      const [there, back] = [count(from, to), count(to, from)];
      if (there !== back) return `${there} edges lead from ${from} to ${to}, and ${back} back`;
    }
  }
  return undefined;
}
