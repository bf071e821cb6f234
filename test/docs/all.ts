/** Copied beside the programs of pages, and run there: the programs named as arguments, one after the other in one job. */
import { world } from 'flotilla';

const comm = world();
for (const name of process.argv.slice(2)) {
  if (comm.rank === 0) console.log(`begins: ${name}`);
  await import(`./${name.replace(/[.]ts$/, '')}.ts`);
  comm.barrier();
  if (comm.rank === 0) console.log(`passed: ${name}`);
}
