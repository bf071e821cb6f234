import { ANY_SOURCE, ANY_TAG } from './constants.ts';
import { Request } from './request.ts';
import { Status } from './status.ts';

/*
 * Completion of several requests (MPI 4.1 §3.7.5). `null` stands for a null request. A request that one of these has reported, or that was
 * waited for, counts as null from then on; its `wait()` still returns the value.
 */

type Requests = readonly (Request<unknown> | null)[];

/** What a request gives; undefined for null. */
type ValueOf<R> = R extends Request<infer T> ? T : undefined;

/** The values of a list of requests, in their places: a tuple for a tuple. */
export type Values<Rs extends Requests> = { -readonly [I in keyof Rs]: ValueOf<Rs[I]> };

/**
 * Blocks until all are complete and returns their values, undefined for null. `statuses[i]`, if a list is given, tells of request i.
 *
 * @throws what the first one that failed has failed with; `statuses` then ends with it.
 * @example
 * const [count, name] = waitAll([comm.irecv<number>(1), comm.irecv<string>(2)]);
 */
export function waitAll<const Rs extends Requests>(requests: Rs, statuses?: Status[]): Values<Rs> {
  if (statuses) statuses.length = 0;
  const values = requests.map((request) => {
    if (statuses === undefined) return request?.wait();
    const status = emptyStatus();
    statuses.push(status);
    return request?.wait(status);
  });
  return values as Values<Rs>;
}

/** Blocks until one is complete and returns its index, and tells of it in `status`; undefined when all are null. */
export function waitAny(requests: Requests, status?: Status): number | undefined {
  if (blockForOne(requests)) return firstNews(requests, status);
  status?.set(emptyStatus());
  return undefined;
}

/** Blocks until at least one is complete and returns the indices of all that are; `statuses[k]` tells of the k-th. Undefined when all are null. */
export function waitSome(requests: Requests, statuses?: Status[]): number[] | undefined {
  if (blockForOne(requests)) return allNews(requests, statuses);
  if (statuses) statuses.length = 0;
  return undefined;
}

/** Whether all are complete, true for none; then `statuses[i]` tells of request i. */
export function testAll(requests: Requests, statuses?: Status[]): boolean {
  let all = true;
  for (const request of requests) if (request !== null && !request.test()) all = false;
  if (all && statuses) {
    statuses.length = 0;
    for (const request of requests) statuses.push(request?.status ?? emptyStatus());
  }
  return all;
}

/** The index of one that is complete, if there is one, of which `status` tells. */
export function testAny(requests: Requests, status?: Status): number | undefined {
  move(requests);
  return firstNews(requests, status);
}

/** The indices of those that are complete; `statuses[k]` tells of the k-th. Undefined when all are null. */
export function testSome(requests: Requests, statuses?: Status[]): number[] | undefined {
  if (statuses) statuses.length = 0;
  if (!requests.some((request) => Request.isOpen(request))) return undefined;
  move(requests);
  return allNews(requests, statuses);
}

/** Of a null request (MPI 4.1 §3.7.3). */
const emptyStatus = () => new Status().set({ source: ANY_SOURCE, tag: ANY_TAG, bytes: 0, cancelled: false });

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
  // One that is complete already would move nothing; one that is not moves all.
  requests.find((request) => request !== null && Request.pendingOf(request) !== undefined)?.test();
}

function firstNews(requests: Requests, status?: Status): number | undefined {
  const index = requests.findIndex((request) => request !== null && Request.isNews(request));
  if (index < 0) return undefined;
  const request = requests[index]!;
  Request.consume(request);
  status?.set(request.status);
  return index;
}

function allNews(requests: Requests, statuses?: Status[]): number[] {
  const indices = [...requests.keys()].filter((i) => requests[i] !== null && Request.isNews(requests[i]!));
  for (const i of indices) Request.consume(requests[i]!);
  if (statuses) {
    statuses.length = 0;
    for (const i of indices) statuses.push(requests[i]!.status);
  }
  return indices;
}
