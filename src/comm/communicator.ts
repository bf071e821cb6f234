import type { CartCommunicator, CartOptions } from './cart.ts';
import { CollectivesMemory } from './collectives-memory.ts';
import type { Adjacency, DistGraph, DistGraphCommunicator, GraphCommunicator } from './graph.ts';
import type { Topologies } from './topologies.ts';

/**
 * A group of ranks that can talk, in a context of their own (MPI 4.1 §7). Lowercase calls carry any value, Uppercase calls typed arrays.
 * Get the first one from `world()`.
 */
export class Communicator extends CollectivesMemory {
  /** Set by topologies.ts. @internal */
  static topologies: Topologies;

  /**
   * Collective: one new communicator for each color, ranks ordered by key, then by rank here (§7.4.2). A null color (MPI_UNDEFINED)
   * gets none and returns null.
   */
  split(color: number | null, key: number = this.rank): Communicator | null {
    const carrier = this.enter('split');
    if (color !== null && (!Number.isSafeInteger(color) || color < 0 || color >= 2 ** 31)) {
      throw this.refuse(
        'ERR_ARG',
        `${color} is no color: colors are whole numbers from 0 to 2147483647, or null`,
      );
    }
    if (!Number.isInteger(key) || Math.abs(key) >= 2 ** 31) {
      throw this.refuse('ERR_ARG', `${key} is no key: keys are 32-bit whole numbers`);
    }
    const part = carrier.split(color, key);
    return part && new Communicator(part, `${this.name}/split(${color ?? ''})`);
  }

  /** Collective: the same ranks in a new context; messages of one never match receives of the other (§7.4.2). */
  dup(): Communicator {
    return new Communicator(this.enter('dup').dup(), `${this.name}/dup`);
  }

  /** Collective: gives the communicator back. Later calls throw ERR_COMM; 'world' and 'self' cannot be freed (§7.4.3). */
  free(): void {
    const carrier = this.enter('free');
    if (carrier === carrier.fabric.world || carrier === carrier.fabric.self) {
      throw this.refuse('ERR_COMM', `'${this.name}' cannot be freed`);
    }
    carrier.free();
    this.markFreed();
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
}
