/**
 * A parallel model: heat flows along a rod whose cells are shared by the ranks of a team. Its conductivity is inferred from noisy temperatures.
 * With 9 ranks: the engine and 4 teams of 2. Any other number works, the answer is the same.
 */
import { parseArgs } from 'node:util';
import { PROC_NULL, self, world, type Communicator } from 'flotilla';
import { distributed, sequential, stream } from 'flotilla/conduit';
import { infer, normalData, run, tmcmc, uniform } from 'flotilla/experiment';

const { values } = parseArgs({ options: { dir: { type: 'string' }, resume: { type: 'boolean' } } });
const CELLS = 32;
const STEPS = 200;

/** Temperatures of a rod that is hot at its left end, after some time; on every rank of `comm`. */
function simulate(conductivity: number, comm: Communicator): number[] {
  const { rank, size } = comm;
  const first = Math.floor((CELLS * rank) / size);
  const count = Math.floor((CELLS * (rank + 1)) / size) - first;
  const left = rank === 0 ? PROC_NULL : rank - 1;
  const right = rank === size - 1 ? PROC_NULL : rank + 1;
  // With a cell of each neighbour at the ends.
  let cells = new Float64Array(count + 2);
  for (let step = 0; step < STEPS; step++) {
    comm.Sendrecv(cells.subarray(1, 2), left, 0, cells.subarray(count + 1), right, 0);
    comm.Sendrecv(cells.subarray(count, count + 1), right, 1, cells.subarray(0, 1), left, 1);
    if (rank === 0) cells[0] = 1;
    const next = cells.slice();
    for (let i = 1; i <= count; i++)
      next[i] = cells[i]! + conductivity * (cells[i - 1]! - 2 * cells[i]! + cells[i + 1]!);
    cells = next;
  }
  return comm.allgather(Array.from(cells.subarray(1, count + 1))).flat();
}

const noise = stream(1, 'noise');
const SD = 0.02;
const measured = simulate(0.3, self()).map((temperature) => temperature + SD * noise.normal());

const experiment = infer({
  name: 'heat',
  variables: { conductivity: { prior: uniform(0.05, 0.5) } },
  likelihood: normalData(measured),
  model: ({ conductivity }, team) => ({ mean: simulate(conductivity, team.comm), sd: SD }),
  solver: tmcmc({ population: 100, variation: 1 }),
});
const conduit = world().size > 2 ? distributed({ ranksPerTeam: 2, leftover: 'idle' }) : sequential();
const { mean, sd } = await run(experiment, {
  conduit,
  ...(values.dir !== undefined && { dir: values.dir, resume: values.resume ?? false }),
});
if (world().rank === 0)
  console.log(`conductivity ${mean.conductivity.toFixed(3)} ± ${sd.conductivity.toFixed(3)}, truth 0.300`);
