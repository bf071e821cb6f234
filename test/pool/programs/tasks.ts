/** Tasks of the test programs. */
import { MAX, SUM, type Communicator } from 'flotilla';
import { getPool, move, pool, task, type PoolMode } from 'flotilla/pool';

export function square(x: number): number {
  return x * x;
}
task(import.meta, square);

export async function later<T>(value: T, ms: number): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return value;
}
task(import.meta, later);

class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code = 'E_MODEL';
}

export function fail(how: 'error' | 'value' | 'nothing' | 'several'): never {
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  if (how === 'value') throw { reason: 7 };
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  if (how === 'nothing') throw undefined;
  if (how === 'several') throw new AggregateError([new TypeError('a'), new RangeError('b')], 'both');
  throw new ModelError('diverged', { cause: new RangeError('step 3') });
}
task(import.meta, fail);

export async function reject(): Promise<never> {
  await Promise.resolve();
  throw new TypeError('later');
}
task(import.meta, reject);

export function echo<T>(value: T): T {
  return value;
}
task(import.meta, echo);

export function scale(x: Float64Array, by: number): Float64Array {
  for (let i = 0; i < x.length; i++) x[i]! *= by;
  return move(x);
}
task(import.meta, scale);

export function makeFunction(): unknown {
  return { model: { step: () => 1 } };
}
task(import.meta, makeFunction);

/** Every rank's number, known to all. */
export interface Rolled {
  readonly rank: number;
  readonly size: number;
  readonly sum: number;
  readonly max: number;
}

export function roll(comm: Communicator, factor: number): Rolled {
  const sum = comm.allreduce(factor * (comm.rank + 1), SUM);
  return { rank: comm.rank, size: comm.size, sum, max: comm.allreduce(comm.rank, MAX) };
}
task(import.meta, roll);

export function failOnLast(comm: Communicator): number {
  if (comm.rank === comm.size - 1) throw new Error(`no rank ${comm.rank}`);
  return comm.rank;
}
task(import.meta, failOnLast);

/** A pool within a task. */
export async function nested(n: number): Promise<{ mode: PoolMode; same: boolean; sum: number }> {
  await using own = pool({ workers: 4 });
  const squares: number[] = [];
  for await (const each of own.map(deeper, [...Array(n).keys()])) squares.push(each);
  return { mode: own.mode, same: getPool() === getPool(), sum: squares.reduce((a, b) => a + b, 0) };
}
task(import.meta, nested);

/** And one within that. */
async function deeper(x: number): Promise<number> {
  return pool().submit(square, x);
}
task(import.meta, deeper);

let prepared: string[] = [];
export function prepare(name: string): void {
  prepared = [...prepared, name];
}
task(import.meta, prepare);
export function whatPrepared(): string[] {
  return prepared;
}
task(import.meta, whatPrepared);
export function prepareBadly(): never {
  throw new Error('no licence');
}
task(import.meta, prepareBadly);

export function leave(code: number): never {
  process.exit(code);
}
task(import.meta, leave);

/** Leaves the first time only: `flag` names a file that tells. */
export async function leaveOnce(flag: string): Promise<string> {
  const { existsSync, writeFileSync } = await import('node:fs');
  if (existsSync(flag)) return 'second time';
  writeFileSync(flag, '');
  process.exit(9);
}
task(import.meta, leaveOnce);

export function spin(): never {
  for (;;);
}
task(import.meta, spin);

export function devour(): number {
  const kept: number[][] = [];
  for (;;) kept.push(new Array<number>(100_000).fill(kept.length));
}
task(import.meta, devour);

export async function crashLater(): Promise<void> {
  setTimeout(() => {
    throw new Error('in a timer');
  }, 1);
  await new Promise((resolve) => setTimeout(resolve, 10_000));
}
task(import.meta, crashLater);

/** The last waits for nobody, the others for it. */
export function lastThrows(comm: Communicator): void {
  if (comm.rank === comm.size - 1) throw new Error('the last');
  comm.barrier();
}
task(import.meta, lastThrows);

export function nobodySends(comm: Communicator): unknown {
  return comm.recv((comm.rank + 1) % comm.size, 5);
}
task(import.meta, nobodySends);

export function kill(): void {
  process.kill(process.pid, 'SIGKILL');
}
task(import.meta, kill);

/** Things to throw that cannot be sent as they are. */
const THROWN: Record<string, () => unknown> = {
  blob: () => Object.assign(new Error('upload failed'), { body: new Blob(['x']), code: 'E_UP' }),
  function: () => Object.assign(new Error('upload failed'), { again: () => 1 }),
  value: () => ({ note: 'upload failed', again: () => 1 }),
  symbol: () => Symbol('upload failed'),
  getters: () =>
    Object.defineProperties(new Error('upload failed'), {
      stack: { get: () => refuse(), enumerable: true },
      detail: { get: () => refuse(), enumerable: true },
    }),
  odd: () => Object.assign(new Error(), { message: 'upload failed', name: Symbol('name'), cause: () => 1 }),
  cycle: () => {
    const error = new AggregateError([], 'upload failed');
    error.cause = error;
    for (let i = 0; i < 30; i++) error.errors.push(error);
    return error;
  },
  proto: () => Object.defineProperty(new Error('upload failed'), '__proto__', { value: 7, enumerable: true }),
  revoked: () => revoked(),
};

function refuse(): never {
  throw new Error('a getter');
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

export function throwOdd(what: string): never {
  throw THROWN[what]!();
}
task(import.meta, throwOdd);

/** Results that cannot be sent, or behave badly. */
const RETURNED: Record<string, () => unknown> = {
  function: () => [() => 1],
  symbol: () => Symbol('x'),
  getter: () => Object.defineProperty({}, 'x', { get: refuse, enumerable: true }),
  revoked: () => revoked(),
  detached: () => {
    const array = new Float64Array(4);
    structuredClone(array, { transfer: [array.buffer] });
    return move(array);
  },
  movedWithFunction: () => [move(new Float64Array(4)), () => 1],
  badThen: () => ({
    then: (yes: (value: unknown) => void) => {
      yes(() => 1);
      yes(2);
      throw new Error('after that');
    },
  }),
  thenGetter: () => Object.defineProperty({}, 'then', { get: refuse }),
};

export function returnOdd(what: string): unknown {
  return RETURNED[what]!();
}
task(import.meta, returnOdd);

export const ODD_THROWN: readonly string[] = Object.keys(THROWN);
export const ODD_RETURNED: readonly string[] = Object.keys(RETURNED);
