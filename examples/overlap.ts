/**
 * Computation overlapped with communication: the primes below a million by their last digit, range by range. While the counts of one range are summed
 * over the ranks, the ranks already count in the next one.
 */
import { IN_PLACE, SUM, world, type Request } from 'flotilla';

const comm = world();
const limit = 1_000_000;
const ranges = 20;

const divisors: number[] = [];
for (let n = 2; n * n <= limit; n++) if (isPrime(n)) divisors.push(n);

function isPrime(n: number): boolean {
  if (n < 2) return false;
  for (const divisor of divisors) {
    if (divisor * divisor > n) return true;
    if (n % divisor === 0) return false;
  }
  return true;
}

/** This rank's part of a range. Communication goes on inside calls, so it looks after `pending` now and then. */
function count(range: number, counts: Int32Array, pending?: Request<void>): void {
  const begin = (limit / ranges) * range;
  const end = begin + limit / ranges;
  for (let n = begin + comm.rank, i = 0; n < end; n += comm.size, i++) {
    if (isPrime(n)) counts[n % 10]!++;
    if (i % 1000 === 0) pending?.test();
  }
}

const totals = new Int32Array(10);
let summing: { counts: Int32Array; request: Request<void> } | undefined;
for (let range = 0; range <= ranges; range++) {
  const counts = new Int32Array(10);
  if (range < ranges) count(range, counts, summing?.request);
  if (summing) {
    summing.request.wait();
    for (const [digit, n] of summing.counts.entries()) totals[digit]! += n;
  }
  if (range < ranges) summing = { counts, request: comm.Iallreduce(IN_PLACE, counts, SUM) };
}

if (comm.rank === 0) {
  const all = totals.reduce((sum, n) => sum + n, 0);
  const digits = [1, 3, 7, 9].map((digit) => `${digit}: ${totals[digit]!}`).join(', ');
  console.log(`${all} primes below ${limit}, by last digit ${digits}`);
}
