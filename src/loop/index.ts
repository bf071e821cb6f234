/**
 * Parallel loops over ranks.
 *
 * @module
 */
export { ManagedLoop, splitManaged, type ManagedOptions } from './managed.ts';
export { mapOrdered, mapUnordered } from './map.ts';
export type { Indexed, MapOptions, Work } from './map-options.ts';
export { ItemError, LoopError, type LoopErrorCode } from './error.ts';
export type { LoopOptions, OnError } from './options.ts';
export { callOnRootAndBroadcast, gather, type RootOptions } from './root.ts';
export { splitRoundRobin } from './round-robin.ts';
