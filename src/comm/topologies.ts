import { MpiError, type MpiErrorCode } from '../fabric/error.ts';
import type { Carrier } from '../fabric/fabric.ts';
import { CartCommunicator, type CartOptions } from './cart.ts';
import { Communicator } from './communicator.ts';
import { DistGraphCommunicator, GraphCommunicator, type Adjacency, type DistGraph } from './graph.ts';
import { MAX } from './ops.ts';

/** Makes communicators with a topology. `carrier` is that of the communicator they are made of, the call entered. */
export interface Topologies {
  cart(
    carrier: Carrier,
    name: string,
    dims: readonly number[],
    options: CartOptions,
  ): CartCommunicator | null;
  graph(carrier: Carrier, name: string, adjacency: Adjacency): GraphCommunicator | null;
  distGraph(carrier: Carrier, name: string, graph: DistGraph): DistGraphCommunicator;
}

// Their classes extend Communicator, whose module can therefore not import them.
Communicator.topologies = {
  cart(carrier, name, dims, options) {
    const bad = dims.find((extent) => !Number.isSafeInteger(extent) || extent < 1);
    if (bad !== undefined)
      throw refuse(carrier, 'ERR_DIMS', `${String(bad)} ranks cannot lie along a dimension`);
    const { periodic = false } = options;
    const closes = dims.map((_, i) => (typeof periodic === 'boolean' ? periodic : (periodic[i] ?? false)));
    if (typeof periodic !== 'boolean' && periodic.length !== dims.length) {
      const lengths = `${periodic.length} entries of periodic for ${dims.length} dimensions`;
      throw refuse(carrier, 'ERR_DIMS', lengths);
    }
    const count = dims.reduce((product, extent) => product * extent, 1);
    if (count > carrier.size) {
      const grid = `a grid of ${dims.join(' × ')} ranks`;
      throw refuse(carrier, 'ERR_DIMS', `${grid} is larger than the ${carrier.size} of '${name}'`);
    }
    agree(carrier, [dims.length, ...dims, ...closes.map(Number)]);
    const part = carrier.split(carrier.rank < count ? 0 : null, carrier.rank);
    return part && new CartCommunicator(part, `${name}/cart(${dims.join()})`, [...dims], closes);
  },

  graph(carrier, name, adjacency) {
    const nodes = adjacency.length;
    if (nodes > carrier.size) {
      const message = `a graph of ${nodes} nodes is larger than the ${carrier.size} of '${name}'`;
      throw refuse(carrier, 'ERR_TOPOLOGY', message);
    }
    adjacency.forEach((list, node) => checkRanks(carrier, list, nodes, `the neighbors of node ${node}`));
    agree(
      carrier,
      adjacency.flatMap((list) => [list.length, ...list]),
    );
    const part = carrier.split(carrier.rank < nodes ? 0 : null, carrier.rank);
    const copy = adjacency.map((list) => [...list]);
    return part && new GraphCommunicator(part, `${name}/graph`, copy);
  },

  distGraph(carrier, name, graph) {
    const { sources, destinations, sourceWeights, destinationWeights } = graph;
    checkRanks(carrier, sources, carrier.size, 'the sources');
    checkRanks(carrier, destinations, carrier.size, 'the destinations');
    checkWeights(carrier, sources, sourceWeights, 'sourceWeights');
    checkWeights(carrier, destinations, destinationWeights, 'destinationWeights');
    if ((sourceWeights === undefined) !== (destinationWeights === undefined))
      throw refuse(carrier, 'ERR_TOPOLOGY', 'weights are for sources and destinations, or for neither');
    checkEdges(carrier, sources, destinations, sourceWeights !== undefined);
    return new DistGraphCommunicator(carrier.dup(), `${name}/distGraph`, {
      sources: [...sources],
      destinations: [...destinations],
      sourceWeights: sourceWeights && [...sourceWeights],
      destinationWeights: destinationWeights && [...destinationWeights],
    });
  },
};

function refuse(carrier: Carrier, code: MpiErrorCode, message: string): MpiError {
  return new MpiError(code, message, { operation: carrier.operation, rank: carrier.rank });
}

function checkRanks(carrier: Carrier, list: readonly number[], size: number, what: string): void {
  const bad = list.find((rank) => rank >>> 0 !== rank || rank >= size);
  if (bad !== undefined)
    throw refuse(carrier, 'ERR_RANK', `${String(bad)} among ${what} is none of ${size} ranks`);
}

function checkWeights(
  carrier: Carrier,
  edges: readonly number[],
  weights: readonly number[] | undefined,
  what: string,
): void {
  if (weights === undefined) return;
  if (weights.length !== edges.length)
    throw refuse(carrier, 'ERR_COUNT', `${weights.length} ${what} for ${edges.length} edges`);
  const bad = weights.find((weight) => !(weight >= 0));
  if (bad !== undefined) throw refuse(carrier, 'ERR_ARG', `${String(bad)} among ${what} is no weight`);
}

/** Ranks that describe different topologies would wait for each other later: all of them throw now. */
function agree(carrier: Carrier, description: readonly number[]): void {
  const hash = description.reduce((sum, value) => (Math.imul(sum ^ value, 0x01000193) + 1) | 0, 0x811c9dc5);
  const extremes = Float64Array.of(hash, -hash);
  carrier.allreduce(null, extremes, MAX);
  if (extremes[0] === -extremes[1]!) return;
  throw refuse(carrier, 'ERR_TOPOLOGY', 'the ranks have described different topologies');
}

/** An edge has two ends: both must name it. */
function checkEdges(
  carrier: Carrier,
  sources: readonly number[],
  destinations: readonly number[],
  weighted: boolean,
): void {
  const there = new Int32Array(carrier.size);
  for (const rank of destinations) there[rank]!++;
  const said = new Int32Array(carrier.size);
  carrier.alltoall(there, said);
  const here = new Int32Array(carrier.size);
  for (const rank of sources) here[rank]!++;
  const wrong = here.findIndex((count, rank) => count !== said[rank]);
  const flags = Int32Array.of(Number(wrong >= 0), Number(weighted), Number(!weighted));
  carrier.allreduce(null, flags, MAX);
  if (wrong >= 0) {
    const edges = `${here[wrong]} edges from rank ${wrong} here, ${said[wrong]} to this rank there`;
    throw refuse(carrier, 'ERR_TOPOLOGY', `the ranks do not agree on the edges: ${edges}`);
  }
  if (flags[0] === 1) throw refuse(carrier, 'ERR_TOPOLOGY', 'other ranks do not agree on their edges');
  if (flags[1] === 1 && flags[2] === 1)
    throw refuse(carrier, 'ERR_TOPOLOGY', 'some ranks have given weights, others none');
}
