/** The minimum of Rosenbrock's function. On several ranks its samples are evaluated in parallel, with the same answer. */
import { world } from 'flotilla';
import { cmaes, optimize, run } from 'flotilla/experiment';

const { best } = await run(
  optimize({
    variables: { x: { bounds: [-3, 3] }, y: { bounds: [-3, 3] } },
    objective: ({ x, y }) => 100 * (y - x * x) ** 2 + (1 - x) ** 2,
    solver: cmaes(),
  }),
);
if (world().rank === 0)
  console.log(`minimum at ${best!.parameters.x.toFixed(6)}, ${best!.parameters.y.toFixed(6)}`);
