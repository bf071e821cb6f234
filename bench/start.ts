/** Start of ranks: from a file system that takes 0.3 ms a request, over two hosts of a real Slurm; the file of a job. Needs root. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Slurm } from '../test/cluster/slurm.ts';
import { fillJobFolder, start, type Outcome } from '../test/harness/launch.ts';
import { Server } from '../test/scale/server.ts';
import { CLI, least, print, ROOT, type Row } from './table.ts';

const SCRIPT = 'examples/hello.ts';
const RANKS = 8;
const SECONDS_PER_REQUEST = 0.0003;
const PMI = { openmpi: 'pmix', mpich: 'pmi2' } as const;

type Run = () => Promise<Outcome>;

export async function main([rounds = '1']: string[]): Promise<void> {
  mkdirSync(join(ROOT, '.flotilla'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.flotilla/bench-'));
  try {
    await bundles(folder, Number(rounds));
    await slowServer(folder, Number(rounds));
    await twoHosts(folder, Number(rounds));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Seconds of the best of the rounds. */
async function seconds(rounds: number, ranks: number, run: Run): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    const { stdout, all: said } = await run();
    all.push((performance.now() - began) / 1000);
    const greetings = stdout.match(/^hello from rank/gm)?.length;
    if (greetings !== ranks) throw new Error(`${greetings} of ${ranks} ranks have said hello:\n${said}`);
  }
  return least(all);
}

const row = (what: string, own: number, other: number, most: number, cells: string[]): Row => ({
  what,
  cells,
  ratio: own / other,
  bar: `≤ ${most}`,
  met: own / other <= most,
});
const shown = (value: number) => `${value.toFixed(1)} s`;

async function bundles(folder: string, rounds: number): Promise<void> {
  const { bundle } = (await import(
    `${ROOT}dist/launch/bundle.js`
  )) as typeof import('../src/launch/bundle.ts');
  const times: number[] = [];
  for (const family of ['openmpi', 'mpich'] as const)
    await fillJobFolder(join(ROOT, SCRIPT), join(folder, family), family);
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await bundle(join(ROOT, SCRIPT), folder);
    times.push((performance.now() - began) / 1000);
  }
  const bytes = statSync(join(folder, 'mpich/rank.mjs')).size;
  const cells = [`${least(times).toFixed(2)} s`, `${(bytes / 1e6).toFixed(2)} MB`];
  print(
    'The file of a job',
    ['made in', 'size'],
    [row('the file, beside 0.4 s', least(times), 0.4, 1, cells)],
  );
}

/** The command of a rank from the folder of a job, and how it is told of its binding. */
async function fromFile(folder: string): Promise<{ command: string[]; env: NodeJS.ProcessEnv }> {
  const { rankCommand } = (await import(
    `${ROOT}dist/launch/rank-command.js`
  )) as typeof import('../src/launch/rank-command.ts');
  const binding = readdirSync(folder).find((name) => name.endsWith('.node'))!;
  return {
    command: rankCommand({ script: SCRIPT, file: join(folder, 'rank.mjs') }),
    env: { FLOTILLA_BINDING: join(folder, binding) },
  };
}

async function slowServer(folder: string, rounds: number): Promise<void> {
  const server = await Server.start(SECONDS_PER_REQUEST, ROOT.replace(/\/$/, ''));
  const at = (path: string) => join(server.mount, path);
  const options = { cwd: server.mount, timeOutMs: 300_000 };
  const cli = [process.execPath, at('dist/launch/cli.js')];
  const mpirun = (command: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    start('mpirun.mpich', ['-n', String(RANKS), ...command], { ...options, env });
  try {
    const file = await fromFile(at(relative(ROOT, join(folder, 'mpich'))));
    const ways: Record<string, Run> = {
      'npx flotilla x.ts': () => mpirun(['npx', 'flotilla', at(SCRIPT)]),
      'cli.js x.ts': () => mpirun([...cli, at(SCRIPT)]),
      'flotilla run': () =>
        start(cli[0]!, [cli[1]!, 'run', '--mpi=mpich', '-n', String(RANKS), at(SCRIPT)], options),
      'one file': () => mpirun(file.command, file.env),
    };
    const found: [string, number, number][] = [];
    for (const [name, run] of Object.entries(ways)) {
      await server.asked();
      const time = await seconds(rounds, RANKS, run);
      found.push([name, time, (await server.asked()).length / rounds / RANKS]);
    }
    const [, own] = found.at(-1)!;
    const rows = found
      .slice(0, -1)
      .map(([name, time, requests]) =>
        row(name, own, time, 0.2, [
          shown(time),
          requests.toFixed(0),
          shown(own),
          found.at(-1)![2].toFixed(0),
        ]),
      );
    print(
      `${RANKS} ranks, ${SECONDS_PER_REQUEST * 1000} ms a request`,
      ['time', 'requests a rank', 'one file', 'requests'],
      rows,
    );
  } finally {
    await server.end();
  }
}

async function twoHosts(folder: string, rounds: number): Promise<void> {
  const slurm = await Slurm.start();
  try {
    const rows: Row[] = [];
    for (const [family, pmi] of Object.entries(PMI)) {
      const srun = ['srun', `--mpi=${pmi}`, '-N', '2', '-n', '24', '--ntasks-per-node=12'];
      const file = await fromFile(join(folder, family));
      const env = { FLOTILLA_MPI: family };
      const salloc = ['salloc', '-Q', '-N', '2', '--ntasks-per-node=12', process.execPath, CLI, 'run'];
      const run = [...salloc, `--mpi=${family}`, '--launcher', 'mpirun', SCRIPT];
      const byHand = await seconds(rounds, 24, () =>
        slurm.on('head', [...srun, process.execPath, CLI, SCRIPT], env),
      );
      const own = await seconds(rounds, 24, () =>
        slurm.on('head', [...srun, ...file.command], { ...env, ...file.env }),
      );
      const mpirun = await seconds(rounds, 24, () => slurm.on('head', run));
      const cells = [shown(byHand), shown(own), shown(mpirun)];
      rows.push(row(`${pmi}: one file beside by hand`, own, byHand, 0.7, cells));
      if (family === 'mpich') rows.push(row(`${pmi}: one file beside mpirun`, own, mpirun, 1.5, cells));
    }
    print('24 ranks on two hosts, Slurm', ['srun by hand', 'srun, one file', 'flotilla run, mpirun'], rows);
  } finally {
    await slurm.end();
  }
}
