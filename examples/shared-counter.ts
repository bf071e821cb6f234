/**
 * A shared counter: tasks are taken by whoever is free, and nobody serves them. The counter is one number in the memory of rank 0, that each rank
 * fetches and increases by itself.
 */
import { SUM, Window, world } from 'flotilla';

const comm = world();
const tasks = 100;
const counter = Window.allocate(comm, Int32Array, comm.rank === 0 ? 1 : 0);

/** The work: how often 3n + 1 or n / 2 leads from n to 1. */
function steps(n: number): number {
  let count = 0;
  for (let i = n; i !== 1; count++) i = i % 2 === 0 ? i / 2 : 3 * i + 1;
  return count;
}

let mine = 0;
let sum = 0;
counter.lockAll();
for (let task = counter.fetchAndOp(1, 0); task < tasks; task = counter.fetchAndOp(1, 0)) {
  sum += steps(task + 1);
  mine++;
}
counter.unlockAll();

const done = comm.reduce(mine, SUM);
const total = comm.reduce(sum, SUM);
if (comm.rank === 0) console.log(`${done} tasks, each done once; ${total} steps in all`);
counter.free();
