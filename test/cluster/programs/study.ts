/** An experiment that lasts longer than an attempt of its job: CMA-ES, whose samples take their time. */
import { world } from 'flotilla';
import { job } from 'flotilla/cluster';
import { cmaes, optimize, run } from 'flotilla/experiment';

const [dir = '', generations = '60', ms = '20'] = process.argv.slice(2);
const study = optimize({
  name: 'valley',
  seed: 7,
  variables: { x: { bounds: [-5, 5] }, y: { bounds: [-5, 5] } },
  async objective({ x, y }) {
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
  },
  solver: cmaes({ population: 6 }),
  until: { generations: Number(generations) },
});
const result = await run(study, { dir, resume: true, signal: job.signal });
if (result.stopped === 'signal') job.again();
if (world().rank === 0) console.log(`attempt ${job.attempt}: ${result.stopped}`);
