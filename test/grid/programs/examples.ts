/** Examples of grids one after the other, each with its arguments: `name.ts --steps 10 , other.ts`. */
import { world } from 'flotilla';

const comm = world();
const programs = process.argv.slice(2).join(' ').split(' , ');
for (const program of programs) {
  const [name = '', ...args] = program.split(' ');
  process.argv.splice(2, Infinity, ...args);
  if (comm.rank === 0) console.log(`begins: ${name}`);
  await import(`../../../examples/grid/${name.replace(/[.]ts$/, '')}.ts`);
}
