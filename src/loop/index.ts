/**
 * Parallel loops over ranks.
 *
 * @module
 */
export { ManagedLoop, splitManaged, type ManagedOptions } from './managed.ts';
export { mapOrdered, mapUnordered, type Indexed, type MapOptions, type Work } from './map.ts';
export { ItemError, type LoopOptions, type OnError } from './options.ts';
export { callOnRootAndBroadcast, gather, type RootOptions } from './root.ts';
export { splitRoundRobin } from './round-robin.ts';
