/** A receive or probe that takes messages from any rank (MPI 4.1 §3.2.4). */
export const ANY_SOURCE = -1;

/** A receive or probe that takes messages with any tag (MPI 4.1 §3.2.4). */
export const ANY_TAG = -1;

/** The rank that is not there: communication with it does nothing and is over at once (MPI 4.1 §3.10). */
export const PROC_NULL = -2;

/** What the root of a collective between two groups gives for the root; the rest of its group gives PROC_NULL (MPI 4.1 §6.2.3). */
export const ROOT = -3;

/** What `Status.count` gives when the bytes are no whole number of elements (MPI 4.1 §3.2.5). */
export const UNDEFINED = -32766;

/** In place of a send (scatter: receive) array: the data lies where the result goes (MPI 4.1 §6.2). */
export const IN_PLACE: unique symbol = Symbol('IN_PLACE');
export type InPlace = typeof IN_PLACE;
