/** Cases that run inside ranks, on the world, on the self communicator and on a duplicate of the world, as mpi4py's suite does. */
import assert from 'node:assert/strict';
import { self, world, type Communicator } from 'flotilla';

const everywhere: [name: string, body: (comm: Communicator) => unknown][] = [];
const once: [name: string, body: (comm: Communicator) => unknown][] = [];

/** A case for any communicator. */
export function check(name: string, body: (comm: Communicator) => unknown): void {
  everywhere.push([name, body]);
}

/** A case for the world alone. */
export function checkWorld(name: string, body: (comm: Communicator) => unknown): void {
  once.push([name, body]);
}

/** Runs all cases. A failing one ends the job with its name, rank and communicator. */
export async function run(): Promise<void> {
  const comm = world();
  const duplicate = comm.dup();
  let count = 0;
  // Another program may follow in this job, with cases of its own.
  const cases = everywhere.splice(0);
  const more = once.splice(0);
  for (const target of [comm, self(), duplicate]) {
    for (const [name, body] of target === comm ? [...cases, ...more] : cases) {
      const began = performance.now();
      const trace = (text: string) => {
        if (process.env.TRACE && comm.rank === 0) process.stderr.write(text);
      };
      try {
        trace(`${name} on ${target.name}: `);
        await body(target);
        trace(`${((performance.now() - began) / 1000).toFixed(2)} s\n`);
      } catch (error) {
        process.stderr.write(`FAILED on ${target.name}, rank ${target.rank} of ${target.size}: ${name}\n`);
        throw error;
      }
      comm.barrier();
      count++;
    }
  }
  duplicate.free();
  comm.barrier();
  if (comm.rank === 0) console.log(`ok ${count} cases`);
}

/** The error that a call must throw, by code. */
export function refuses(code: string, call: () => unknown, text?: RegExp): void {
  assert.throws(call, (error: unknown) => {
    assert.ok(error instanceof Error && 'code' in error, `expected ${code}, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    if (text) assert.match(error.message, text);
    return true;
  });
}
