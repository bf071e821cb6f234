/**
 * A shared array: the primes below a million, by the sieve of Eratosthenes. The table exists once, in memory that all ranks see; each rank crosses out
 * in its own part, with primes that it reads from the first part.
 */
import { SUM, Window, world } from 'flotilla';

const comm = world();
const limit = 1_000_000;
const begin = (rank: number) => Math.floor((limit * rank) / comm.size);
const own = begin(comm.rank + 1) - begin(comm.rank);

const table = Window.allocateShared(comm, Uint8Array, own);
const crossed = table.shared(); // all of it, number n at index n

table.fence();
const root = Math.floor(Math.sqrt(limit));
if (comm.rank === 0) {
  crossed[0] = crossed[1] = 1;
  for (let p = 2; p <= root; p++) {
    if (crossed[p] === 0) for (let n = p * p; n <= root; n += p) crossed[n] = 1;
  }
}
table.fence(); // now every rank sees the primes up to the root
const first = Math.max(begin(comm.rank), root + 1);
const end = begin(comm.rank + 1);
for (let p = 2; p <= root; p++) {
  if (crossed[p] === 1) continue;
  for (let n = Math.ceil(first / p) * p; n < end; n += p) crossed[n] = 1;
}
table.fence();

const primes = comm.reduce(
  table.array.reduce((count, isCrossed) => count + (1 - isCrossed), 0),
  SUM,
);
if (comm.rank === 0) console.log(`${primes} primes below ${limit}; 999983 is one: ${crossed[999_983] === 0}`);
table.free();
