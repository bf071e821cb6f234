/** The model is another program: here awk, with the parameters on its command line and the result on its output. */
import { world } from 'flotilla';
import { external } from 'flotilla/conduit';
import { cmaes, optimize, run } from 'flotilla/experiment';

const { best } = await run(
  optimize({
    variables: { x: { bounds: [-5, 5] }, y: { bounds: [-5, 5] } },
    objective: external<{ x: number; y: number }>(({ x, y }) => [
      'awk',
      `BEGIN { printf "%.17g", (${x} - 1) ^ 2 + (${y} + 2) ^ 2 }`,
    ]),
    solver: cmaes(),
    until: { generations: 25 },
  }),
);
if (world().rank === 0)
  console.log(`minimum near ${best!.parameters.x.toFixed(1)}, ${best!.parameters.y.toFixed(1)}`);
