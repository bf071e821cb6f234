/** Cases that run in every mode; in synchro mode on all ranks. */
import assert from 'node:assert/strict';
import { pool, PoolError, workerRankOf, type Executor, type PoolErrorCode } from 'flotilla/pool';

const cases: [name: string, body: () => unknown][] = [];

export function check(name: string, body: () => unknown): void {
  cases.push([name, body]);
}

/** A case with a pool of its own. */
export function checkPool(name: string, body: (executor: Executor) => unknown): void {
  check(name, async () => {
    await using executor = pool();
    await body(executor);
  });
}

export async function run(): Promise<void> {
  for (const [name, body] of cases) {
    if (process.env.TRACE) process.stderr.write(`${name}\n`);
    try {
      await body();
    } catch (error) {
      process.stderr.write(`FAILED: ${name}\n`);
      throw error;
    }
  }
  console.log(`ok ${cases.length} cases`);
}

/** The error that a future must reject with. */
export async function rejects(
  code: PoolErrorCode,
  future: PromiseLike<unknown>,
  text?: RegExp,
): Promise<void> {
  const error = await reason(future);
  assert.ok(error instanceof PoolError, `expected ${code}, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  if (text) assert.match(error.message, text);
}

/** What it rejects with. */
export async function reason(future: PromiseLike<unknown>): Promise<unknown> {
  try {
    await future;
  } catch (error) {
    return error;
  }
  throw new Error('it did not reject');
}

export function fromWorker(error: unknown): asserts error is Error {
  assert.ok(error instanceof Error);
  assert.ok((workerRankOf(error) ?? -1) >= 0, `no rank of a worker in ${String(error)}`);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export const upTo = (n: number): number[] => [...Array(n).keys()];
