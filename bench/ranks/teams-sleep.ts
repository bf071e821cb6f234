/**
 * Sleep models: 40 units of work a team on average, 5 generations of 4 samples a team in each experiment, durations U((1 − I) m, (1 + I) m). Prints the share of
 * their time that the teams work, and the greedy bound of the same draws.
 */
import { world } from 'flotilla';
import { distributed, stream } from 'flotilla/conduit';

const [imbalance, experiments, totalSeconds] = process.argv.slice(2).map(Number) as [number, number, number];
const GENERATIONS = 5;
const SAMPLES = 4;
const teams = world().size - 1;
const meanMs = (1000 * totalSeconds) / (GENERATIONS * SAMPLES * experiments);
const perExperiment = SAMPLES * teams;

const duration = (experiment: number, id: number): number =>
  meanMs * (1 - imbalance + 2 * imbalance * stream(experiment, 'durations', id).uniform());

/** Blocks, as a model that computes does. */
const cell = new Int32Array(new SharedArrayBuffer(4));
function sleep(ms: number): void {
  const until = performance.now() + ms;
  for (let left = ms; left > 0; left = until - performance.now()) Atomics.wait(cell, 0, 0, left);
}

/** Each experiment's samples go, in turn, to whoever is free first; a generation begins when the one before has ended. */
function greedy(): number {
  const free = new Array<number>(teams).fill(0);
  const state = Array.from({ length: experiments }, () => ({
    generation: 0,
    next: 0,
    ready: 0,
    ends: [] as number[],
  }));
  let left = experiments * GENERATIONS * perExperiment;
  while (left > 0) {
    free.sort((a, b) => a - b);
    const open = state.filter(({ generation }) => generation < GENERATIONS);
    const now = Math.max(free[0]!, Math.min(...open.map(({ ready }) => ready)));
    const chosen = open.filter(({ ready }) => ready <= now).sort((a, b) => a.next - b.next)[0]!;
    const index = state.indexOf(chosen);
    const end = now + duration(index, chosen.generation * perExperiment + chosen.next);
    free[0] = end;
    chosen.ends.push(end);
    left--;
    if (++chosen.next < perExperiment) continue;
    chosen.generation++;
    chosen.next = 0;
    chosen.ready = Math.max(...chosen.ends);
    chosen.ends = [];
  }
  return Math.max(...free);
}

const works = Array.from({ length: experiments }, (_, experiment) => ({
  name: `sleep-${experiment}`,
  seed: experiment,
  model: ({ id }: { id: number }) => sleep(duration(experiment, id)),
}));
let total = 0;
for (let e = 0; e < experiments; e++)
  for (let id = 0; id < GENERATIONS * perExperiment; id++) total += duration(e, id);
const took = await distributed().open(works, async (pool) => {
  const began = performance.now();
  await Promise.all(
    works.map(async (_, work) => {
      for (let generation = 0; generation < GENERATIONS; generation++)
        await Promise.all(
          Array.from({ length: perExperiment }, (_, i) =>
            pool.submit({ work, id: generation * perExperiment + i, generation, value: 0 }),
          ),
        );
    }),
  );
  return performance.now() - began;
});
if (world().rank === 0) {
  console.log(`busy ${total / (teams * took)}`);
  console.log(`greedy ${total / (teams * greedy())}`);
}
