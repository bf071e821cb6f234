/** nuts() beside Stan: effective samples a gradient of both, by the same estimator. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { diagnose, nuts } from 'flotilla/experiment';
import { ROOT } from '../table.ts';
import type { Smooth } from './gradients.ts';
import { solve, summary } from './problems.ts';

/** A run of 4 chains: least bulk effective samples of all variables, and gradients of the warm-up and after it. */
interface Run {
  readonly bulk: number;
  readonly warmUp: number;
  readonly after: number;
  readonly divergences: number;
}

const METRICS = ['diagonal', 'dense'] as const;
type Kind = (typeof METRICS)[number];
const [CHAINS, DRAWS] = [4, 1000];

/** Of draws(chain, variable). */
const leastBulk = (variables: number, draws: (chain: number, variable: number) => number[]): number =>
  Math.min(
    ...Array.from(
      { length: variables },
      (_, j) => diagnose(Array.from({ length: CHAINS }, (_, c) => draws(c, j))).bulk,
    ),
  );

function ours(problem: Smooth, metric: Kind, seed: number): Run {
  const sampler = (samples: number) => nuts({ metric, samples, chains: CHAINS });
  const { evaluations, chain } = solve(problem, sampler(DRAWS), seed, problem.gradient);
  // Up to the first draw of each chain the same run, bit for bit; the four trajectories of those count as warm-up.
  const warmUp = solve(problem, sampler(1), seed, problem.gradient).evaluations;
  const draws = (c: number, j: number) =>
    chain.points.slice(c * DRAWS, (c + 1) * DRAWS).map((point) => point[j]!);
  return {
    bulk: leastBulk(problem.prior.length, draws),
    warmUp,
    after: evaluations - warmUp,
    divergences: chain.divergences ?? 0,
  };
}

/** A file of assignments that R reads. */
const assignments = (data: NonNullable<Smooth['stan']>['data']): string =>
  Object.entries(data)
    .map(([name, value]) => {
      if (typeof value === 'number') return `${name} <- ${value}\n`;
      const columns = Array.isArray(value[0]) ? (value as number[][])[0]!.length : 0;
      const list = `c(${value.flat().join(', ')})`;
      return `${name} <- ${columns === 0 ? list : `matrix(${list}, ncol = ${columns}, byrow = TRUE)`}\n`;
    })
    .join('');

interface Line {
  readonly draws: string;
  readonly variables: number;
  readonly warmUp: number;
  readonly after: number;
  readonly divergences: number;
}

interface Stan {
  /** The program Rscript. */
  readonly rscript: string;
  /** Where compiled programs and draws are kept meanwhile. */
  readonly folder: string;
}

async function stans(
  { rscript, folder }: Stan,
  problem: Smooth,
  metric: Kind,
  seeds: number,
): Promise<Run[]> {
  const { model, data } = problem.stan!;
  const file = join(folder, 'data.R');
  await writeFile(file, assignments(data));
  const program = join(ROOT, 'bench/peers/inference.R');
  const args = [program, model, file, metric === 'dense' ? 'dense_e' : 'diag_e', String(seeds), folder];
  const { stdout } = await promisify(execFile)(rscript, args, { maxBuffer: 1 << 26 });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return Promise.all(
    lines.map(async (line) => {
      const { draws: path, variables, ...rest } = JSON.parse(line) as Line;
      const bytes = await readFile(path);
      // A copy: bytes of a file need not begin at a multiple of eight.
      const all = new Float64Array(Uint8Array.from(bytes).buffer);
      const draws = (c: number, j: number) => [...all.subarray((c + CHAINS * j) * DRAWS).subarray(0, DRAWS)];
      return { ...rest, bulk: leastBulk(variables, draws) };
    }),
  );
}

/** Mean of the seeds ± its standard error, per 1,000 gradients. */
function rate(runs: readonly Run[], of: (run: Run) => number): { mean: number; error: number; text: string } {
  const { mean, sd } = summary(runs.map((run) => (1000 * run.bulk) / of(run)));
  const error = sd / Math.sqrt(runs.length);
  const digits = mean < 10 ? 2 : 1;
  return { mean, error, text: `${mean.toFixed(digits)} ± ${error.toFixed(digits)}` };
}

const BAR = 1;

/** Both follow the same algorithm: a ratio may be below the bar by chance alone. */
function verdict(ratios: readonly { readonly mean: number; readonly error: number }[]): string {
  if (ratios.every(({ mean }) => mean >= BAR)) return 'met';
  return ratios.every(({ mean, error }) => mean + 2 * error >= BAR) ? 'within two errors' : '**below**';
}

export async function besideStan(
  problems: readonly Smooth[],
  rscript: string | undefined,
  seeds: number,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-stan-'));
  try {
    await table(problems, rscript === undefined ? undefined : { rscript, folder }, seeds);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function table(problems: readonly Smooth[], stan: Stan | undefined, seeds: number): Promise<void> {
  console.log(
    `\nnuts() beside Stan, both with their defaults: bulk effective samples of the worst variable per 1,000 gradients, ${seeds} seeds; divergences; bar: ratios ≥ ${BAR}\n`,
  );
  console.log(
    '| | metric | gradients, of them warm-up | ours | after warm-up | Stan: gradients, of them warm-up | Stan | after warm-up | ratio | after warm-up | bar |',
  );
  console.log('|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|');
  const whole = ({ warmUp, after }: Run) => warmUp + after;
  const rest = ({ after }: Run) => after;
  for (const problem of problems) {
    for (const metric of METRICS) {
      const asked = stan && stans(stan, problem, metric, seeds);
      const mine = Array.from({ length: seeds }, (_, i) => ours(problem, metric, i + 1));
      const peer = await asked;
      const mean = (runs: readonly Run[], of: (run: Run) => number) => Math.round(summary(runs.map(of)).mean);
      const cells = [mine, peer].map((runs) => {
        if (runs === undefined) return '– | – | –';
        const divergences = runs.reduce((sum, run) => sum + run.divergences, 0);
        const gradients = `${mean(runs, whole)}, ${mean(runs, ({ warmUp }) => warmUp)}; ${divergences}`;
        return `${gradients} | ${rate(runs, whole).text} | ${rate(runs, rest).text}`;
      });
      const ratios = [whole, rest].map((of) => {
        if (peer === undefined) return { mean: NaN, error: NaN, text: '–' };
        const [a, b] = [rate(mine, of), rate(peer, of)];
        const ratio = a.mean / b.mean;
        const error = ratio * Math.hypot(a.error / a.mean, b.error / b.mean);
        return { mean: ratio, error, text: `${ratio.toFixed(2)} ± ${error.toFixed(2)}` };
      });
      const met = peer === undefined ? '' : verdict(ratios);
      console.log(
        `| ${problem.name} | ${metric} | ${cells.join(' | ')} | ${ratios.map(({ text }) => text).join(' | ')} | ${met} |`,
      );
    }
  }
}
