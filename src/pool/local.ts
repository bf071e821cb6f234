import { AsyncLocalStorage } from 'node:async_hooks';
import { decode } from '../comm/codec/decode.ts';
import { encode } from '../comm/codec/encode.ts';
import type { Communicator } from '../comm/index.ts';
import type { TaskKind } from './engine.ts';
import { after } from './clock.ts';
import { PoolError } from './error.ts';
import { marksIn, type Marks } from './memory.ts';

/** Set while a task of a pool runs in the thread that submits them. */
const inTask = new AsyncLocalStorage<true>();

/** True within such a task. */
export function insideTask(): boolean {
  return inTask.getStore() === true;
}

export type LocalTask = (...args: readonly unknown[]) => unknown;

/** Arguments as a worker elsewhere would get them: values of the task's own. Throws ERR_TYPE and ERR_MODE as sending them would. */
export function received(name: string, args: readonly unknown[], sharing: boolean): readonly unknown[] {
  let marks: Marks | undefined;
  try {
    marks = marksIn(args);
  } catch (cause) {
    throw unsendable(name, cause);
  }
  if (marks?.shared && !sharing) {
    throw new PoolError('ERR_MODE', 'memory cannot be shared with other ranks: send a copy, without share()');
  }
  if (
    args.every(
      (value) => typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol',
    )
  )
    return args;
  try {
    return copied(args, marks);
  } catch (cause) {
    throw unsendable(name, cause);
  }
}

/** A result as it would arrive from elsewhere. */
export function returned(value: unknown): unknown {
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') return value;
  try {
    return copied(value, marksIn(value));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PoolError('ERR_TYPE', `the result cannot be sent: ${reason}`, { cause });
  }
}

/** What is said of arguments that cannot travel. */
export function unsendable(name: string, cause: unknown): PoolError {
  if (cause instanceof PoolError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PoolError('ERR_TYPE', `the arguments of ${name} cannot be sent: ${reason}`, { cause });
}

/** Through the codec, which refuses here what it would refuse on the way to another rank. */
function copied<T>(value: T, marks: Marks | undefined): T {
  if (marks) return structuredClone(value, { transfer: marks.moved });
  const { bytes, length, parts } = encode(value);
  return decode<T>({ bytes, start: 0, length, parts: parts.map((part) => new Uint8Array(part).buffer) });
}

/** Calls a task here. With a time-out it rejects when it has taken longer; what runs is not stopped. */
export async function call(
  kind: TaskKind,
  fn: LocalTask,
  args: readonly unknown[],
  comm: Communicator | undefined,
  timeout: number | undefined,
  name: string,
): Promise<unknown> {
  const began = performance.now();
  const result = inTask.run(true, async () => {
    if (kind === 'section') return fn(comm, ...args);
    if (kind === 'run') return fn(...args);
    const results: unknown[] = [];
    for (const list of args as readonly (readonly unknown[])[]) results.push(await fn(...list));
    return results;
  });
  if (timeout === undefined) return returned(await result);
  const late = () => new PoolError('ERR_TIMEOUT', `the task ${name} has run for more than ${timeout} ms`);
  let stop = () => undefined as void;
  const clock = new Promise<never>((_, reject) => (stop = after(timeout, () => reject(late()))));
  try {
    const value = await Promise.race([result, clock]);
    if (performance.now() - began > timeout) throw late();
    return returned(value);
  } finally {
    stop();
  }
}
