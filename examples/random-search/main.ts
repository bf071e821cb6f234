/**
 * A random search, as cluster tutorials teach it: rank 0 draws candidates, the ranks share them, the root keeps the best. Each candidate
 * is evaluated exactly once at any number of ranks, and the best is the same at any number of ranks and on any fabric.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'csv-stringify/sync';
import { MAX, world, wtime } from 'flotilla';
import { splitManaged } from 'flotilla/loop';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { crossValidate, type Candidate, type Score } from './classifier.ts';
import { loadPenguins } from './penguins.ts';

const { values } = parseArgs({
  options: {
    candidates: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '42' },
    out: { type: 'string', default: 'results/random-search.csv' },
    help: { type: 'boolean', default: false },
  },
});
const comm = world();
const root = comm.rank === 0;
if (values.help) {
  if (root) console.log('random search: [--candidates 1000] [--seed 42] [--out results/random-search.csv]');
  process.exit(0);
}
const count = Number(values.candidates);
if (!Number.isInteger(count) || count < 1)
  throw new RangeError(`--candidates ${values.candidates}: a whole number from 1 on is needed`);

type Result = { index: number } & Candidate & Score & { rank: number; seconds: number };

const penguins = loadPenguins();
if (root) {
  console.log(
    `${penguins.rows} penguins (${penguins.missing} left out: a value is missing), ${comm.size} ranks`,
  );
}

const candidates = comm.bcast(root ? draw(count, Number(values.seed)) : undefined);
const start = wtime();
const results: Result[] = [];
for (const index of splitManaged([...candidates.keys()], { root: 'works', progress: 'random search' })) {
  const from = wtime();
  const score = crossValidate(penguins, candidates[index]!);
  results.push({ index, ...candidates[index]!, ...score, rank: comm.rank, seconds: wtime() - from });
}
comm.barrier();
const elapsed = comm.allreduce(wtime() - start, MAX);
const alone = root ? timeAlone() : 0;

const all = comm.gather(results)?.flat(); // here the others wait while rank 0 takes the time
if (all) report(all);

/** Strength and learning rate log-uniform, mix uniform. */
function draw(n: number, seed: number): Candidate[] {
  const generator = xoroshiro128plus(seed);
  const uniform = () => (generator.next() >>> 0) / 2 ** 32;
  return Array.from({ length: n }, () => ({
    strength: 10 ** (-5 + 5 * uniform()),
    mix: uniform(),
    learningRate: 10 ** (-2 + 3 * uniform()),
  }));
}

/** Seconds a candidate takes while the other ranks rest: what one rank would need, from a few of them. */
function timeAlone(): number {
  const sample = candidates.slice(0, 10);
  const from = wtime();
  for (const candidate of sample) crossValidate(penguins, candidate);
  return (wtime() - from) / sample.length;
}

function report(all: Result[]): void {
  const seen = new Set(all.map(({ index }) => index));
  if (seen.size !== count || all.length !== count)
    throw new Error(`${all.length} evaluations of ${seen.size} of ${count} candidates`);
  all.sort((a, b) => a.index - b.index);
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, stringify(all, { header: true }));

  const best = [...all].sort((a, b) => a.logLoss - b.logLoss || a.index - b.index).slice(0, 10);
  console.log('\n candidate   strength    mix  learning rate   log loss  accuracy');
  for (const { index, strength, mix, learningRate, logLoss, accuracy } of best) {
    const cells = [
      String(index).padStart(10),
      strength.toExponential(2).padStart(10),
      mix.toFixed(3).padStart(6),
      learningRate.toFixed(4).padStart(14),
      logLoss.toFixed(6).padStart(10),
      `${(100 * accuracy).toFixed(1)} %`.padStart(9),
    ];
    console.log(cells.join(' '));
  }
  console.log(
    `\n${count} candidates, each evaluated once, in ${elapsed.toFixed(1)} s; all results in ${values.out}`,
  );
  const one = alone * count;
  console.log(
    `speed-up over one rank: ${(one / elapsed).toFixed(2)} (one would take ${one.toFixed(1)} s, going by ten candidates timed alone)`,
  );
}
