import { type Communicator, type Request } from '../../comm/index.ts';
import type { SolverMemory } from '../kernels/memory.ts';
import { ownerOf, type Range } from '../ownership.ts';

/** Entries of others that the rows of this rank touch, and who needs which of ours. */
export interface GhostPlan {
  /** Global numbers of the ghosts, ascending. */
  readonly ghosts: ArrayLike<number>;
  readonly receive: readonly { readonly rank: number; readonly from: number; readonly count: number }[];
  /** Local numbers of the entries that each neighbour gets. */
  readonly send: readonly { readonly rank: number; readonly entries: Int32Array }[];
}

/**
 * Collective: tells the owners what is needed of them.
 *
 * @param ghosts global numbers that others own, ascending and each once.
 * @param ranges of all ranks, in the same numbers.
 */
export function planGhosts(comm: Communicator, ranges: readonly Range[], ghosts: Float64Array): GhostPlan {
  const wanted: Float64Array[] = ranges.map(() => new Float64Array(0));
  const receive: { rank: number; from: number; count: number }[] = [];
  for (let from = 0; from < ghosts.length;) {
    const rank = ownerOf(ranges, ghosts[from]!);
    let to = from;
    while (to < ghosts.length && ghosts[to]! < ranges[rank]!.end) to++;
    wanted[rank] = ghosts.slice(from, to);
    receive.push({ rank, from, count: to - from });
    from = to;
  }
  const { start } = ranges[comm.rank]!;
  const send = comm
    .alltoall(wanted)
    .map((numbers, rank) => ({ rank, entries: Int32Array.from(numbers, (global) => global - start) }))
    .filter(({ entries }) => entries.length > 0);
  return { ghosts, receive, send };
}

const TAG = 1;

/**
 * Fetches the ghosts of a vector: one message a neighbour, under way while own rows are computed.
 */
export class Exchange {
  /** Where the ghosts lie, in the order of the plan. */
  readonly ghosts: number;
  readonly #comm: Communicator;
  readonly #receive: readonly { readonly rank: number; readonly into: Float64Array }[];
  readonly #send: readonly {
    rank: number;
    indices: number;
    count: number;
    at: number;
    buffer: Float64Array;
  }[];
  readonly #memory: SolverMemory;
  readonly #width: number;
  #requests: Request<unknown>[] = [];

  /** @param entry f64 of an entry. */
  constructor(comm: Communicator, memory: SolverMemory, plan: GhostPlan, entry: number) {
    this.#comm = comm;
    this.#memory = memory;
    this.#width = entry;
    this.ghosts = memory.allocate(8 * entry * plan.ghosts.length);
    this.#receive = plan.receive.map(({ rank, from, count }) => ({
      rank,
      into: memory.floats(this.ghosts + 8 * entry * from, count * entry),
    }));
    this.#send = plan.send.map(({ rank, entries }) => {
      const at = memory.allocate(8 * entry * entries.length);
      const buffer = memory.floats(at, entries.length * entry);
      return { rank, indices: memory.storeInts(entries), count: entries.length, at, buffer };
    });
  }

  /** Bytes and allocations that an exchange takes. */
  static needs(plan: GhostPlan, entry: number): { readonly bytes: number; readonly allocations: number } {
    const sent = plan.send.reduce((sum, { entries }) => sum + entries.length, 0);
    return {
      bytes: 8 * entry * (plan.ghosts.length + sent) + 4 * sent,
      allocations: 1 + 2 * plan.send.length,
    };
  }

  /** Begins to fetch the ghosts of the vector at x. */
  start(x: number): void {
    const { kernels } = this.#memory;
    this.#requests = this.#receive.map(({ rank, into }) => this.#comm.Irecv(into, rank, TAG));
    for (const { rank, indices, count, at, buffer } of this.#send) {
      kernels.gather(at, x, indices, count, this.#width);
      this.#requests.push(this.#comm.Isend(buffer, rank, TAG));
    }
  }

  /** Waits until they are there. */
  finish(): void {
    for (const request of this.#requests) request.wait();
    this.#requests = [];
  }
}
