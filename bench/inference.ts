/** Solvers of experiments beside dynesty, emcee, pycma and Stan: evaluations, error, told error, over seeds. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { diagnose, nested, nuts, tmcmc, mcmc, type Sampler } from 'flotilla/experiment';
import {
  correlated,
  corner as steep,
  logistic,
  schools as eight,
  type Smooth,
} from './inference/gradients.ts';
import * as known from './inference/problems.ts';
import { SEARCHES, search } from './inference/searches.ts';
import { besideStan } from './inference/stan.ts';
import { median, ROOT } from './table.ts';

/** Source trees of the peers, which are fetched by hand and are no part of this repository. */
const PEERS = { dynesty: 'FLOTILLA_DYNESTY', emcee: 'FLOTILLA_EMCEE', pycma: 'FLOTILLA_PYCMA' } as const;
type Peer = keyof typeof PEERS;
/** Names the program Rscript of an R that has rstan: Debian's r-cran-rstan, with g++. */
const STAN = 'FLOTILLA_STAN';

/** Names of the problems that are asked for; none: all. */
const ROWS: string[] = [];
const wanted = ({ name }: { readonly name: string }) => ROWS.length === 0 || ROWS.includes(name);

const execute = promisify(execFile);
/** One process each: a library's own threads would only be in the way of ours. */
const ALONE = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };

/**
 * Lines of JSON of a peer; undefined where its source tree is not named. It runs beside ours, on another core: evaluations and errors do not
 * depend on that.
 */
async function ask(
  peer: Peer,
  problem: string,
  seeds: number,
): Promise<Record<string, number>[] | undefined> {
  const tree = process.env[PEERS[peer]];
  if (tree === undefined || seeds === 0) return undefined;
  const program = join(ROOT, 'bench/peers/inference.py');
  const { stdout } = await execute('python3', [program, peer, problem, '1', String(seeds)], {
    env: { ...process.env, ...ALONE, PYTHONPATH: tree },
    maxBuffer: 1 << 26,
  });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Record<string, number>);
}

/** Problem, and the share of the seeds that it is given: some take minutes each. */
const EVIDENCES: readonly (readonly [known.Problem, number])[] = [
  [known.normals(2), 1],
  [known.normals(5), 1],
  [known.normals(8, 0.4), 1],
  [known.normals(10), 0.5],
  [known.normals(16, 0.4), 0.25],
  [known.shells, 1],
  [known.eggbox, 0.25],
  [known.line, 1],
  [known.corner, 1],
  [known.disc, 1],
  [known.hole, 1],
];

interface Evidence {
  readonly evaluations: number;
  readonly log: number;
  readonly told: number;
}

/** Mean evaluations; mean error ± scatter, told; seeds. */
function cell(runs: readonly Evidence[] | undefined, truth: number): string {
  if (runs === undefined || runs.length === 0) return '–';
  const evaluations = known.summary(runs.map((run) => run.evaluations)).mean;
  const { mean, sd } = known.summary(runs.map(({ log }) => log - truth));
  const told = known.summary(runs.map((run) => run.told)).mean;
  const signed = `${mean < 0 ? '−' : '+'}${Math.abs(mean).toFixed(2)}`;
  return `${Math.round(evaluations / 100) * 100}; ${signed} ± ${sd.toFixed(2)}, ${told.toFixed(2)} (${runs.length})`;
}

function ours(problem: known.Problem, solver: Sampler, seeds: number): Evidence[] {
  return Array.from({ length: seeds }, (_, i) => {
    const { evaluations, chain } = known.solve(problem, solver, i + 1);
    return { evaluations, log: chain.logEvidence!, told: chain.logEvidenceError! };
  });
}

async function evidences(seeds: number): Promise<void> {
  console.log('\nln Z with the defaults: evaluations; mean error ± scatter, told (seeds)\n');
  console.log('| | nested | tmcmc | dynesty, static, 500 live points |\n|---|---|---|---|');
  for (const [problem, share] of EVIDENCES.filter(([problem]) => wanted(problem))) {
    const count = Math.max(2, Math.ceil(seeds * share));
    const peer = ask('dynesty', problem.name, count);
    const mine = [ours(problem, nested(), count), ours(problem, tmcmc(), count)];
    const cells = [...mine, (await peer) as Evidence[] | undefined];
    console.log(`| ${problem.name} | ${cells.map((each) => cell(each, problem.logEvidence)).join(' | ')} |`);
  }
}

async function optima(seeds: number): Promise<void> {
  console.log('\nMinima to 1e-8: median evaluations (successes of seeds)\n');
  console.log('| | cmaes | pycma | ratio |\n|---|---:|---:|---:|');
  for (const problem of SEARCHES.filter(wanted)) {
    const count = Math.max(2, Math.ceil(seeds * problem.share));
    const asked = ask('pycma', problem.name, count);
    const mine = Array.from({ length: count }, (_, i) => search(problem, i + 1));
    const peer = (await asked) as { evaluations: number; loss: number }[] | undefined;
    const cells = [mine, peer].map((runs) => {
      const good = runs?.filter(({ loss }) => loss <= 1e-8).map(({ evaluations }) => evaluations) ?? [];
      return {
        middle: median(good),
        text: runs ? `${median(good)} (${good.length} of ${runs.length})` : '–',
      };
    });
    const ratio = (cells[0]!.middle / cells[1]!.middle).toFixed(2);
    console.log(`| ${problem.name} | ${cells[0]!.text} | ${cells[1]!.text} | ${ratio} |`);
  }
}

/** Least bulk and tail effective samples of all variables, a thousand gradients or evaluations, warm-up included. */
function efficiency(problem: Pick<Smooth, 'prior' | 'log'>, solver: Sampler, gradient?: Smooth['gradient']) {
  const { evaluations, chain } = known.solve(problem, solver, 1, gradient);
  let from = 0;
  const chains = chain.lengths!.map((length) => chain.points.slice(from, (from += length)));
  const each = problem.prior.map((_, j) => diagnose(chains.map((points) => points.map((x) => x[j]!))));
  const least = (of: 'bulk' | 'tail') => Math.min(...each.map((one) => one[of]));
  const figure = (of: 'bulk' | 'tail') => ((1000 * least(of)) / evaluations).toFixed(1);
  const means = each.map(({ mcseMean }, j) => ({
    x: known.summary(chain.points.map((point) => point[j]!)).mean,
    mcse: mcseMean,
  }));
  const divergences = chain.divergences ?? 0;
  return { evaluations, bulk: figure('bulk'), tail: figure('tail'), divergences, means };
}

async function posteriors(seeds: number): Promise<void> {
  console.log('\nEffective samples per 1,000 evaluations, warm-up included: the worst variable, one seed\n');
  console.log('| | nuts: gradients; bulk, tail, divergences | dense metric |\n|---|---|---|');
  const smooth = [steep, eight, logistic(), correlated(100, 0.5), correlated(10, 0.95)];
  for (const problem of smooth.filter(wanted)) {
    const cells = (['diagonal', 'dense'] as const).map((metric) => {
      const found = efficiency(problem, nuts({ metric }), problem.gradient);
      const beside = problem.reference?.map(({ index, mean, error }) => {
        const { x, mcse } = found.means[index]!;
        return `; ${x.toFixed(2)} ± ${mcse.toFixed(2)} where Stan's is ${mean.toFixed(2)} ± ${error.toFixed(2)}`;
      });
      return `${found.evaluations}; ${found.bulk}, ${found.tail}, ${found.divergences}${beside?.join('') ?? ''}`;
    });
    console.log(`| ${problem.name} | ${cells.join(' | ')} |`);
  }
  console.log(
    '\nThe same from means of the last variable over seeds, (sd / rms)²\n\n| | mcmc | emcee |\n|---|---:|---:|',
  );
  const means = [
    [known.normals(10), 0, 1],
    [known.normals(16, 0.4), 0, 1],
    [known.corner, 0.193216, 0.1821],
    [known.line, 0.17794, 0.189255],
  ] as const;
  for (const [problem, mean, sd] of means.filter(([problem]) => wanted(problem))) {
    const count = Math.max(2, Math.ceil(seeds / 2));
    const asked = ask('emcee', problem.name, count);
    const mine = Array.from({ length: count }, (_, i) => {
      const { evaluations, chain } = known.solve(problem, mcmc(), i + 1);
      const last = chain.points.map((x) => x.at(-1)!);
      return { evaluations, mean: known.summary(last).mean };
    });
    const peer = (await asked) as { evaluations: number; mean: number }[] | undefined;
    const cells = [mine, peer].map((runs) => {
      if (runs === undefined) return '–';
      const { rms } = known.summary(runs.map((run) => run.mean - mean));
      const evaluations = known.summary(runs.map((run) => run.evaluations)).mean;
      return `${((1000 * (sd / rms) ** 2) / evaluations).toFixed(1)} (${runs.length})`;
    });
    console.log(`| ${problem.name} | ${cells.join(' | ')} |`);
  }
}

/** The normal of 10 variables is there for its ridge, and for what a dense metric does to it. */
const stan = (seeds: number): Promise<void> =>
  besideStan(
    [eight, logistic(), correlated(100, 0.5), correlated(10, 0.95)].filter(wanted),
    process.env[STAN],
    Math.max(2, Math.ceil(seeds / 4)),
  );

const TABLES = { evidences, optima, posteriors, stan } as const;

/** `npm run bench -- inference [SEEDS] [TABLE | PROBLEM...]` */
export async function main([seeds = '20', ...given]: string[]): Promise<void> {
  const names = given.filter((name) => Object.hasOwn(TABLES, name));
  ROWS.push(...given.filter((name) => !names.includes(name)));
  const chosen = names.length > 0 ? names : Object.keys(TABLES);
  for (const [peer, variable] of Object.entries(PEERS))
    if (process.env[variable] === undefined)
      process.stderr.write(`${variable} names no source tree of ${peer}: it is left out\n`);
  if (process.env[STAN] === undefined)
    process.stderr.write(`${STAN} names no Rscript with rstan: Stan is left out\n`);
  for (const name of chosen) await TABLES[name as keyof typeof TABLES](Number(seeds));
}
