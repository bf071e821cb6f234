import { PROC_NULL, type CartCommunicator, type Communicator } from '../comm/index.ts';
import { processorName } from '../world.ts';

/** Where this rank stands among the others. Dimensions are x first; sides are low, then high. */
export interface Topology {
  /** Ranks at the points of a grid, in row-major order of their coordinates. */
  readonly comm: CartCommunicator;
  readonly dims: readonly number[];
  readonly periodic: readonly boolean[];
  readonly coords: readonly number[];
  /** `neighbors[d][side]`: a rank of `comm`, PROC_NULL beyond a wall. */
  readonly neighbors: readonly (readonly [number, number])[];
  /** Ranks of this node, and the rank among them. */
  readonly node: Communicator;
  readonly nodeRank: number;
  readonly nodeName: string;
  /** For each rank of `comm`: its rank in `node`, −1 for one on another node. */
  readonly onNode: readonly number[];
}

/** Collective. */
export function topologyOf(
  comm: Communicator,
  dims: readonly number[],
  periodic: readonly boolean[],
): Topology {
  const cart = comm.cart(dims, { periodic })!;
  const coords = cart.coords();
  const neighbors = dims.map((_, d): [number, number] => {
    const { source, dest } = cart.shift(d);
    return [source, dest];
  });
  const node = cart.splitShared();
  const leader = node.bcast(cart.rank, 0);
  const where = cart.allgather([leader, node.rank]);
  const onNode = where.map(([theirs = PROC_NULL, rank = -1]) => (theirs === leader ? rank : -1));
  return {
    comm: cart,
    dims,
    periodic,
    coords,
    neighbors,
    node,
    nodeRank: node.rank,
    nodeName: processorName(),
    onNode,
  };
}
