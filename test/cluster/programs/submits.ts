/** A job that submits another one, of another shape, and waits for it. */
import { world } from 'flotilla';
import { submit } from 'flotilla/cluster';

const [script = '', output = ''] = process.argv.slice(2);
const comm = world();
if (comm.rank === 0) {
  const inner = await submit(script, { name: 'inner', threads: true, ranksPerNode: 3, output });
  const { state, code, attempts } = await inner.ended;
  console.log(`from one of ${comm.size} ranks: ${state} ${code} ${attempts}`);
}
comm.barrier();
