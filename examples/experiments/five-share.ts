/** Five experiments that share the teams: while one waits for its last sample, the others' keep the teams busy. */
import { world } from 'flotilla';
import { cmaes, optimize, run } from 'flotilla/experiment';

const experiments = [1, 2, 3, 4, 5].map((target) =>
  optimize({
    name: `target-${target}`,
    seed: target,
    variables: { x: { bounds: [-10, 10] } },
    async objective({ x }, _, sample) {
      await new Promise((resolve) => setTimeout(resolve, 3 * sample.rng.uniform()));
      return (x - target) ** 2;
    },
    solver: cmaes({ population: 8 }),
    until: { generations: 20 },
  }),
);
const results = await run(experiments);
if (world().rank === 0) console.log(results.map(({ best }) => best!.parameters.x.toFixed(2)).join(' '));
