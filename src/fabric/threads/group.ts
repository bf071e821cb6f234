/** The ranks of one communicator over threads. */
export interface Group {
  /** Number of the communicator's block in the shared memory; its contexts are 2·id and 2·id + 1. */
  readonly id: number;
  /** How reports call it. */
  readonly name: string;
  readonly rank: number;
  /** Communicator rank → world rank. */
  readonly members: Int32Array;
  /** World rank → communicator rank, −1 outside. */
  readonly rankOf: Int32Array;
}

export function makeGroup(
  id: number,
  name: string,
  members: Int32Array,
  rank: number,
  worldSize: number,
): Group {
  const rankOf = new Int32Array(worldSize).fill(-1);
  members.forEach((worldRank, i) => (rankOf[worldRank] = i));
  return { id, name, rank, members, rankOf };
}
