/** What a communicator's messages are apart by: those of its users, of its blocking and of its non-blocking collectives. */
export const Contexts = { USER: 0, COLLECTIVE: 1, NONBLOCKING: 2, COUNT: 3 } as const;

export const contextOf = (id: number, which: number): number => Contexts.COUNT * id + which;

/** The ranks of one communicator over threads. */
export interface Group {
  /** Number of the communicator's block in the shared memory. */
  readonly id: number;
  /** How reports call it. */
  readonly name: string;
  readonly rank: number;
  /** Communicator rank → world rank. */
  readonly members: Int32Array;
  /** World rank → communicator rank, −1 outside. */
  readonly rankOf: Int32Array;
}

export function makeGroup(id: number, name: string, members: Int32Array, rank: number): Group {
  const rankOf = new Int32Array(Math.max(...members) + 1).fill(-1);
  members.forEach((worldRank, i) => (rankOf[worldRank] = i));
  return { id, name, rank, members, rankOf };
}
