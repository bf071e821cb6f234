/** A parent starts three children, gives each a part of a sum, and adds up what comes back. Parent and children are this one script. */
import { parent, PROC_NULL, ROOT, SUM, world } from 'flotilla';

const comm = world();
const above = parent();

if (above === null) {
  const children = comm.spawn(import.meta.filename, ['1000000'], 3);
  const asRoot = comm.rank === 0 ? ROOT : PROC_NULL;
  children.bcast({ from: 1, by: children.remoteSize }, asRoot);
  const sum = children.reduce(0, SUM, asRoot);
  children.disconnect();
  if (sum !== undefined) console.log(`1/1² + 1/2² + 1/3² + … is about ${sum.toFixed(5)}, π²/6 is 1.64493`);
} else {
  const terms = Number(process.argv[2]);
  const { from, by } = above.bcast<{ from: number; by: number }>(undefined, 0)!;
  let sum = 0;
  for (let i = from + comm.rank; i <= terms; i += by) sum += 1 / i ** 2;
  above.reduce(sum, SUM, 0);
  above.disconnect();
}
