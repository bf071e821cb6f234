import { getHeapStatistics } from 'node:v8';
import { theCollector } from './collector.ts';
import { allocateBytes } from './message.ts';

/*
 * Memory for arrays that arrive within values. Most programs let go of such an array soon, but V8 looks for dead ones only when 32 MiB
 * of new ones have gathered. That is more than the caches of a core hold, and writing to memory outside of them takes twice the time.
 * So a collection of the young generation is asked for more often here, which keeps the memory that is used again within the caches.
 *
 * That pays only while a collection is short (few young objects live) and finds the arrays dead. Where it does not pay, the next one
 * is tried after a pause, each pause twice as long as the one before.
 */

/** Bytes that arrive between two collections: these stay in a cache of the second level, or near. */
const EVERY_BYTES = 8 * 2 ** 20;

/** Longer arrays are not counted: V8 collects after two of them anyway, and no cache holds one. */
const MOST_BYTES = 16 * 2 ** 20;

/** Longest collection that pays. The caches save half a millisecond in so many bytes. */
const WORTH_MS = 0.4;

const Pause = { LEAST_BYTES: 32 * 2 ** 20, MOST_BYTES: 2 ** 33 } as const;

let arrived = 0;
let due = EVERY_BYTES;
let pause: number = Pause.LEAST_BYTES;
/** Memory outside of V8's heap after the last collection. */
let outside = NaN;
/** Milliseconds of the last collection. */
let last = 0;

/**
 * New memory for an array that arrives, with whatever was in it before.
 *
 * @throws MpiError ERR_NO_MEM as allocateBytes
 */
export function arrivalMemory(bytes: number): Buffer<ArrayBuffer> {
  if (bytes < MOST_BYTES && (arrived += bytes) >= due) collectYoung();
  return allocateBytes(bytes);
}

function collectYoung(): void {
  arrived = 0;
  const collect = theCollector();
  const start = performance.now();
  collect({ type: 'minor' });
  const took = performance.now() - start;
  // What the collection before has found dead is off the account by now; after a pause that is much.
  const { external_memory: now } = getHeapStatistics();
  const isRegular = due === EVERY_BYTES;
  const areKept = isRegular && now - outside > EVERY_BYTES / 2;
  // One that was interrupted says nothing.
  const pays = !areKept && Math.min(took, last) < WORTH_MS;
  outside = now;
  last = took;
  due = pays ? EVERY_BYTES : pause;
  if (!pays) pause = Math.min(2 * pause, Pause.MOST_BYTES);
  else if (isRegular) pause = Pause.LEAST_BYTES;
}
