import { Request } from './request.ts';

/*
 * Completion of several requests (MPI 4.1 §3.7.5). `null` stands for a null request. A request that one of these has reported, or that was
 * waited for, counts as null from then on; its `wait()` still returns the value.
 */

type Requests = readonly (Request<unknown> | null)[];

/** Blocks until all are complete and returns their values, undefined for null. Throws the first error. */
export function waitAll<T>(requests: readonly Request<T>[]): T[];
export function waitAll<T>(requests: readonly (Request<T> | null)[]): (T | undefined)[];
export function waitAll<T>(requests: readonly (Request<T> | null)[]): (T | undefined)[] {
  return requests.map((request) => request?.wait());
}

/** Blocks until one is complete and returns its index; undefined when all are null. */
export function waitAny(requests: Requests): number | undefined {
  if (!blockForOne(requests)) return undefined;
  return firstNews(requests);
}

/** Blocks until at least one is complete and returns the indices of all that are; undefined when all are null. */
export function waitSome(requests: Requests): number[] | undefined {
  if (!blockForOne(requests)) return undefined;
  return allNews(requests);
}

/** Whether all are complete; true for none. */
export function testAll(requests: Requests): boolean {
  let all = true;
  for (const request of requests) if (request !== null && !request.test()) all = false;
  return all;
}

/** The index of one that is complete, if there is one. */
export function testAny(requests: Requests): number | undefined {
  move(requests);
  return firstNews(requests);
}

/** The indices of those that are complete; undefined when all are null. */
export function testSome(requests: Requests): number[] | undefined {
  if (!requests.some((request) => Request.isOpen(request))) return undefined;
  move(requests);
  return allNews(requests);
}

/** False when there is nothing to wait for. */
function blockForOne(requests: Requests): boolean {
  const open = requests.filter((request) => Request.isOpen(request));
  if (open.length === 0) return false;
  const pending = open.map((request) => Request.pendingOf(request));
  const waiting = pending.filter((one) => one !== undefined);
  if (waiting.length === open.length) {
    waiting[0]!.fabric.wait(
      waiting.map(({ operation }) => operation),
      'any',
    );
  }
  return true;
}

function move(requests: Requests): void {
  requests.find((request) => request !== null)?.test();
}

function firstNews(requests: Requests): number | undefined {
  const index = requests.findIndex((request) => request !== null && Request.isNews(request));
  if (index < 0) return undefined;
  Request.consume(requests[index]!);
  return index;
}

function allNews(requests: Requests): number[] {
  const indices = [...requests.keys()].filter((i) => requests[i] !== null && Request.isNews(requests[i]!));
  for (const i of indices) Request.consume(requests[i]!);
  return indices;
}
