import { AsyncLocalStorage } from 'node:async_hooks';
import type { Communicator } from '../comm/index.ts';
import type { TaskKind } from './engine.ts';
import { PoolError } from './error.ts';
import { marksIn } from './memory.ts';

/** Set while a task of a pool runs in the thread that submits them. */
const inTask = new AsyncLocalStorage<true>();

/** True within such a task. */
export function insideTask(): boolean {
  return inTask.getStore() === true;
}

export type LocalTask = (...args: readonly unknown[]) => unknown;

/** Arguments as a worker elsewhere would get them: values of the task's own. Throws ERR_TYPE and ERR_MODE as sending them would. */
export function received(name: string, args: readonly unknown[], sharing: boolean): readonly unknown[] {
  const marks = marksIn(args);
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
    return structuredClone(args, { transfer: marks?.moved ?? [] });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PoolError('ERR_TYPE', `the arguments of ${name} cannot be sent: ${reason}`, { cause });
  }
}

/** A result as it would arrive from elsewhere. */
export function returned(value: unknown): unknown {
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') return value;
  try {
    return structuredClone(value, { transfer: marksIn(value)?.moved ?? [] });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PoolError('ERR_TYPE', `the result cannot be sent: ${reason}`, { cause });
  }
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
  let timer: NodeJS.Timeout | undefined;
  const clock = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late()), timeout)));
  try {
    const value = await Promise.race([result, clock]);
    if (performance.now() - began > timeout) throw late();
    return returned(value);
  } finally {
    clearTimeout(timer);
  }
}
