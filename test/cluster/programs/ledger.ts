/** A loop that takes longer than its job: items that take a second each, a line for each in the ledger, the sum at the end. */
import { appendFileSync } from 'node:fs';
import { world } from 'flotilla';
import { job, ledger } from 'flotilla/cluster';

const [folder = '', count = '6', ms = '1000'] = process.argv.slice(2);
const comm = world();
const done = ledger<{ readonly square: number }>(folder);
const items = Array.from({ length: Number(count) }, (_, i) => i);
const rest = done.rest(job.part(items), (i) => `item ${i}`);
for (const [at, i] of rest.entries()) {
  if (at % comm.size !== comm.rank) continue;
  if (job.signal.aborted) break;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
  appendFileSync(`${folder}.begun`, `${i}\n`);
  done.add(`item ${i}`, { square: i * i });
}
if (!done.complete()) job.again();
const results = done.results();
if (comm.rank === 0) {
  const sum = [...results.values()].reduce((all, { square }) => all + square, 0);
  console.log(`attempt ${job.attempt}: ${results.size} finished, ${sum}`);
}
