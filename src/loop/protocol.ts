/**
 * What the ranks of a managed loop say to each other: six doubles from a worker, three from the master. Only indices travel.
 *
 *     worker → master   ASK, seconds an item took, items done since last told
 *                       EARLY, the same: while still at work, an empty answer will do
 *                       LEAVE, item, rest of its range, range asked for early
 *     master → worker   start and end of a range (empty: none for now); or END and the number of failed items, which follow
 */
export const Say = { ASK: 0, EARLY: 1, LEAVE: 2 } as const;
export const WORKER_WORDS = 6;
export const MASTER_WORDS = 3;
export const END = -1;
