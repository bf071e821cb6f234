/** The programs named as arguments, one after the other in one job: the ranks are started once for all of them. */
import { world } from 'flotilla';

const comm = world();
for (const name of process.argv.slice(2)) {
  const began = performance.now();
  if (comm.rank === 0) console.log(`begins: ${name}`);
  await import(`./${name.replace(/[.]ts$/, '')}.ts`);
  comm.barrier();
  if (comm.rank === 0)
    console.log(`passed: ${name}\nafter ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
