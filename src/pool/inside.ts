/* Whether this thread is a worker of a pool; known to every copy of this package in it. */
const KEY = Symbol.for('flotilla.pool.worker');
interface Shared {
  [KEY]?: boolean;
}
const shared = globalThis as Shared;

/** True in a worker: a pool asked for there runs its tasks in place. */
export function insideWorker(): boolean {
  return shared[KEY] === true;
}

export function becomeWorker(): void {
  shared[KEY] = true;
}
