/** The job of the tutorial: each rank greets, and rank 1 gets a hundred numbers. */
import { hostname } from 'node:os';
import { world } from 'flotilla';
import { job } from 'flotilla/cluster';

const comm = world();
const { rank, size } = comm;
console.log(`hello from rank ${rank} of ${size} on ${hostname()}`);
const numbers = new Float64Array(100);
if (rank === 0) {
  numbers.forEach((_, i) => (numbers[i] = i));
  comm.Send(numbers, 1, 11);
} else if (rank === 1) {
  comm.Recv(numbers, 0, 11);
  console.log(`rank 1 has ${numbers.length} numbers, ${numbers[0]} to ${numbers[99]}`);
} else if (rank === 2) {
  const { DEMO, TITLE, PYTHONPATH } = process.env;
  console.log(`DEMO=${DEMO} TITLE=${TITLE} PYTHONPATH=${PYTHONPATH}`);
} else if (rank === 3) {
  const facts = [job.timeLeft() > 25 * 60, /^\d+$/.test(job.id ?? ''), job.signal.aborted];
  console.log(
    `more than 25 minutes are left, of a job with a number, and nobody asks for an end: ${facts.join(' ')}`,
  );
}
