/**
 * MPI for Node.js: ranks, messages, collectives. `world()` is where a program begins.
 *
 * @module
 */
export * from './comm/index.ts';
export { MpiError, type MpiErrorCode, type MpiErrorDetails } from './fabric/error.ts';
export { FlotillaError, type FlotillaErrorDetails } from './internal/index.ts';
export type { TypedArray } from './fabric/memory.ts';
export { libraryVersion, parent, processorName, self, world, wtime } from './world.ts';
