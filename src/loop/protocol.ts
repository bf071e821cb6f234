/**
 * What the ranks of a managed loop say to each other: six doubles from a worker, four from the master. Only places of items travel.
 *
 *     worker → master   HELLO, nothing, nothing, how many items it has (unknown: −1), likeness of all: asks for the first ones
 *                       ASK, seconds an item took, items done since last told
 *                       EARLY, the same: while still at work, an empty answer will do
 *                       LEAVE, item, rest of its range, range asked for early
 *                       COUNT, how many items it has: the answer to CLOSE
 *                       FAULT: an error that ends the loop for all follows, packed
 *     master → worker   start and end of a range (empty: none for now), the place below which items are done, likeness of the range
 *                       END and the number of failed items, which follow
 *                       CLOSE and how many items there are: has this rank as many?
 *                       FAULT: the error that ends the loop follows, packed
 *
 * Whatever goes wrong with the items or options of one rank becomes the same error on all of them: the master relays the first one to
 * each rank that speaks to it. A rank that has left the loop is not told.
 */
export const Say = { HELLO: 0, ASK: 1, EARLY: 2, LEAVE: 3, COUNT: 4, FAULT: 5 } as const;
export const WORKER_WORDS = 6;
export const MASTER_WORDS = 4;
export const END = -1;
export const CLOSE = -2;
export const FAULT = -3;
