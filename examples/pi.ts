/** π = ∫ 4 / (1 + x²) dx from 0 to 1 by the midpoint rule; each rank sums every size-th strip. */
import { SUM, world } from 'flotilla';

const comm = world();
const strips = 1_000_000;
let sum = 0;
for (let i = comm.rank; i < strips; i += comm.size) {
  const x = (i + 0.5) / strips;
  sum += 4 / (1 + x * x);
}
const pi = comm.reduce(sum / strips, SUM);
if (pi !== undefined)
  console.log(`pi is about ${pi.toFixed(10)}, off by less than 1e-10: ${Math.abs(pi - Math.PI) < 1e-10}`);
