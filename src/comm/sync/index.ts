export { Condition } from './condition.ts';
export { Counter, type CounterOptions } from './counter.ts';
export { Hold } from './hold.ts';
export { Mutex } from './mutex.ts';
export { Semaphore, type SemaphoreOptions } from './semaphore.ts';
export { Sequential } from './sequential.ts';
export type { SyncOptions } from './shared-words.ts';
