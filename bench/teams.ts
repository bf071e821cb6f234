/** Evaluation teams: time that sleeping models keep them busy, beside the greedy bound; overhead of an empty one; solvers' own cost. */
import { join } from 'node:path';
import { cmaes, infer, normal, optimize, run, tmcmc, uniform } from 'flotilla/experiment';
import { CLI, figures, flotilla, inTurn, least, print, ROOT, type Row } from './table.ts';

const SECONDS = 40;

export async function main(args: string[]): Promise<void> {
  const seconds = Number(args[0] ?? SECONDS);
  const rows: Row[] = [];
  for (const [teams, imbalance, experiments] of [
    [8, 0, 1],
    [8, 0.5, 1],
    [10, 0.5, 5],
    [30, 0.5, 5],
  ] as const) {
    const script = join(ROOT, 'bench/ranks/teams-sleep.ts');
    const command = [
      CLI,
      'run',
      '-n',
      String(teams + 1),
      script,
      String(imbalance),
      String(experiments),
      String(seconds),
    ];
    const found = await figures(process.execPath, command);
    const [busy, greedy] = [found.get('busy')!, found.get('greedy')!];
    const bar = experiments > 1 ? 0.98 : imbalance === 0 ? 0.99 : 0.99 * greedy;
    rows.push({
      what: `${teams} teams, imbalance ${imbalance}, ${experiments} experiment${experiments > 1 ? 's' : ''}: busy`,
      cells: [percent(busy), percent(greedy)],
      ratio: busy / greedy,
      bar: experiments > 1 ? '≥ 98 % busy' : imbalance === 0 ? '≥ 99 % busy' : '≥ 0.99 of greedy',
      met: busy >= bar,
    });
  }
  print(`Teams of sleeping models, ${seconds} s of work a team`, ['busy', 'greedy bound'], rows);

  const contenders: Record<string, [string, string[]]> = {};
  for (const how of ['threads', 'openmpi', 'mpich']) contenders[`${how} 1`] = flotilla(2, how, 'teams.ts');
  const [program, line] = flotilla(5, 'threads', 'teams.ts');
  contenders['threads 4'] = [program, [...line, '4']];
  const all = await inTurn(contenders, 3, least);
  const of = (who: string) => all.get(who)?.get('overhead') ?? NaN;
  const overhead = (who: string, what: string, limit: number): Row => ({
    what,
    cells: [`${of(who).toFixed(1)} µs`, `${limit.toFixed(1)} µs`],
    ratio: of(who) / limit,
    bar: '≤ 1',
    met: of(who) <= limit,
  });
  print(
    'Overhead a sample, empty model',
    ['overhead', 'limit'],
    [
      overhead('threads 1', 'a team of 1, threads', 20),
      overhead('openmpi 1', 'a team of 1, Open MPI', 20),
      overhead('mpich 1', 'a team of 1, MPICH', 20),
      overhead('threads 4', 'a team of 4, threads', 3 * of('threads 1')),
    ],
  );
  print("Solvers' own cost a sample, one team, beside a model of 1 ms", ['own', 'model'], await solvers());
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

async function solvers(): Promise<Row[]> {
  const names = (n: number) => Array.from({ length: n }, (_, i) => `x${i}`);
  const bounded = Object.fromEntries(
    names(100).map((name) => [name, { bounds: [-5, 5] as [number, number] }]),
  );
  const quadratic = optimize({
    variables: bounded,
    objective: (x) => Object.values(x).reduce((sum, each) => sum + each * each, 0),
    solver: cmaes(),
    until: { generations: 1000 },
  });
  const prior = Object.fromEntries(names(20).map((name) => [name, { prior: uniform(-5, 5) }]));
  const standard = normal(0, 1);
  const gauss = infer({
    variables: prior,
    logLikelihood: (x) => Object.values(x).reduce((sum, each) => sum + standard.logDensity(each), 0),
    solver: tmcmc({ population: 5000 }),
    until: { generations: 3 },
  });
  const rows: Row[] = [];
  for (const [what, experiment] of [
    ['cmaes, 100 variables', quadratic],
    ['tmcmc, 5000 samples of 20 variables', gauss],
  ] as const) {
    const began = performance.now();
    const { evaluations } = await run<{ evaluations: number }>(experiment);
    const own = (performance.now() - began) / evaluations;
    rows.push({
      what,
      cells: [`${(1000 * own).toFixed(0)} µs`, '1000 µs'],
      ratio: own,
      bar: '≤ 0.1',
      met: own <= 0.1,
    });
  }
  return rows;
}
