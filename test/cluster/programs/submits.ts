/** A job that submits another one, of another shape, and waits for it. */
import { world } from 'flotilla';
import { submit, type JobOptions } from 'flotilla/cluster';

const [script = '', output = '', scheduler] = process.argv.slice(2);
const comm = world();
if (comm.rank === 0) {
  const found = scheduler as JobOptions['scheduler'] & string;
  const shape = { threads: true, ranksPerNode: 3 };
  const inner = await submit(script, { name: 'inner', ...shape, output, scheduler: found });
  const { state, code, attempts } = await inner.ended;
  console.log(`from one of ${comm.size} ranks: ${state} ${code} ${attempts}`);
}
comm.barrier();
