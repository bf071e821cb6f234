import { types } from 'node:util';
import { isDetached } from '../comm/codec/refusal.ts';
import type { TypedArray } from '../index.ts';
import { PoolError } from './error.ts';

/* What was marked by one copy of this package in a thread must be known to every other. */
const KEY = Symbol.for('flotilla.pool.marks');
interface Marked {
  readonly moved: WeakSet<object>;
  readonly shared: WeakSet<object>;
  /** Most programs mark nothing: then nothing is looked for. */
  any: boolean;
}
interface Shared {
  [KEY]?: Marked | undefined;
}
const marked = ((globalThis as Shared)[KEY] ??= { moved: new WeakSet(), shared: new WeakSet(), any: false });

/**
 * Marks memory to be handed over instead of copied: as an argument, `pool.submit(sum, move(array))`, or as what a task returns, `return move(result)`.
 * Over threads it is empty here afterwards, as with postMessage's transfer list; to other processes it is copied all the same. Returns its argument.
 */
export function move<T extends TypedArray | DataView | ArrayBuffer>(memory: T): T {
  marked.moved.add(bufferOf('move', memory));
  marked.any = true;
  return memory;
}

/**
 * Marks shared memory to be shared with worker threads instead of copied: `pool.submit(fill, share(array), start, end)`, where the array (all of
 * it or a part) lies in a SharedArrayBuffer. Pools whose workers may be other processes refuse it (ERR_MODE), since they could not see each other's writes.
 * Returns its argument.
 */
export function share<T extends TypedArray | DataView | SharedArrayBuffer>(memory: T): T {
  const buffer = bufferOf('share', memory);
  if (!types.isSharedArrayBuffer(buffer)) {
    throw new PoolError(
      'ERR_OPTION',
      'share() takes what lies in a SharedArrayBuffer; other memory can be handed over with move()',
    );
  }
  marked.shared.add(buffer);
  marked.any = true;
  return memory;
}

function bufferOf(what: string, memory: unknown): ArrayBufferLike {
  const buffer: unknown = ArrayBuffer.isView(memory) ? memory.buffer : memory;
  if (types.isAnyArrayBuffer(buffer)) return buffer;
  throw new PoolError('ERR_OPTION', `${what}() takes a typed array, a DataView or their memory`);
}

export interface Marks {
  /** Buffers to hand over. */
  readonly moved: ArrayBuffer[];
  shared: boolean;
}

/**
 * What of a message is marked; undefined for nothing. Looks into arrays, plain objects, maps and sets.
 * Throws for memory that has been handed over before.
 */
export function marksIn(value: unknown): Marks | undefined {
  if (!marked.any) return undefined;
  const marks: Marks = { moved: [], shared: false };
  look(value, marks, 0);
  // Node 20 would send it and then fail to read it.
  if (marks.moved.some(isDetached))
    throw new TypeError('it holds memory that was handed over before: the array there is empty now');
  return marks.shared || marks.moved.length > 0 ? marks : undefined;
}

/** Memory in a message that is not to be sent is not to be handed over by the next one. */
export function unmark(value: unknown): void {
  if (!marked.any) return;
  const marks: Marks = { moved: [], shared: false };
  look(value, marks, 0);
  for (const buffer of marks.moved) marked.moved.delete(buffer);
}

const MAX_DEPTH = 100;

function look(value: unknown, marks: Marks, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
  if (ArrayBuffer.isView(value)) note(value.buffer, marks);
  else if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) note(value, marks);
  else if (Array.isArray(value)) for (const element of value) look(element, marks, depth + 1);
  else if (value instanceof Map) for (const pair of value) look(pair, marks, depth + 1);
  else if (value instanceof Set) for (const element of value) look(element, marks, depth + 1);
  else if (isPlain(value)) for (const element of Object.values(value)) look(element, marks, depth + 1);
}

function note(buffer: ArrayBufferLike, marks: Marks): void {
  if (buffer instanceof SharedArrayBuffer) marks.shared ||= marked.shared.has(buffer);
  else if (marked.moved.has(buffer) && !marks.moved.includes(buffer)) marks.moved.push(buffer);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
