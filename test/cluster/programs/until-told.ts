/** Runs until a file is there or somebody asks it to stop; with `busy` it never awaits. Writes down when each of its ranks has begun. */
import { appendFileSync, existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { world } from 'flotilla';
import { job } from 'flotilla/cluster';

const [begun = '', told = '', busy] = process.argv.slice(2);
const comm = world();
appendFileSync(begun, `${hostname()}\n`);
const clock = new Int32Array(new SharedArrayBuffer(4));
while (!existsSync(told) && !job.signal.aborted) {
  if (busy === undefined) await pause(20);
  else Atomics.wait(clock, 0, 0, 20);
}
const stopped = comm.allgather(job.signal.aborted).some(Boolean);
if (stopped) job.again();
if (comm.rank === 0) console.log(`attempt ${job.attempt}: ${stopped ? 'asked to stop' : 'finished'}`);
