/** Jobs on a real Slurm, whose nodes are namespaces of this machine. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CLI, type Outcome } from '../harness/launch.ts';
import { Slurm } from './slurm.ts';

const WHERE = 'test/cluster/programs/where.ts';
const FAMILIES = [
  ['openmpi', 'pmix'],
  ['mpich', 'pmi2'],
] as const;

let slurm: Slurm;
before(async () => {
  slurm = await Slurm.start();
});
after(() => slurm.end());

const rank = [process.execPath, CLI];
const head = (command: readonly string[], env?: NodeJS.ProcessEnv): Promise<Outcome> =>
  slurm.on('head', command, env);
/** `flotilla run` in a job of 2 × 2 ranks. */
const inJob = (...run: readonly string[]) =>
  head(['salloc', '-Q', '-N', '2', '--ntasks-per-node=2', ...rank, 'run', ...run]);

describe('srun by hand', () => {
  for (const [family, pmi] of FAMILIES) {
    it(`${family}: one world, which ends`, async () => {
      const { code, all, stdout } = await head(
        ['srun', `--mpi=${pmi}`, '-n', '4', '--ntasks-per-node=2', ...rank, WHERE],
        { FLOTILLA_MPI: family },
      );
      assert.equal(code, 0, all);
      assert.equal(stdout, '4 on a a b b, 6\n');
    });
  }

  it('without PMI: told once', async () => {
    const { code, stderr } = await head(['srun', '-N', '2', '-n', '4', ...rank, WHERE]);
    assert.equal(code, 2, stderr);
    const told = stderr.split('\n').filter((line) => line.startsWith('flotilla:'));
    assert.equal(told.length, 1, stderr);
    assert.match(told[0]!, /4 ranks were asked for and each is alone: .*srun --mpi=pmix for Open MPI/);
  });

  it('without PMI: worlds of one rank if they are meant', async () => {
    const { code, all, stdout } = await head([
      'srun',
      '-n',
      '2',
      '--ntasks-per-node=1',
      ...rank,
      '--solo',
      WHERE,
    ]);
    assert.equal(code, 0, all);
    assert.deepEqual(stdout.trim().split('\n').sort(), ['1 on a, 0', '1 on b, 0']);
  });

  it('a rank of the other family is told', async () => {
    const { code, stderr } = await head(['srun', '--mpi=pmi2', '-n', '2', ...rank, WHERE], {
      FLOTILLA_MPI: 'openmpi',
    });
    assert.notEqual(code, 0);
    assert.match(stderr, /started by MPICH's launcher, but FLOTILLA_MPI chooses Open MPI/);
  });

  it('a program that a rank starts is a world of its own', async () => {
    const child = `require('node:child_process').execFileSync(process.execPath, ['${CLI}', '${WHERE}'], { stdio: 'inherit' })`;
    const file = join(slurm.folder, 'parent.cjs');
    writeFileSync(file, child);
    const { code, all, stdout } = await head(['srun', '--mpi=pmix', '-n', '2', ...rank, file], {
      FLOTILLA_MPI: 'openmpi',
    });
    assert.equal(code, 0, all);
    assert.equal(stdout.replaceAll(/on [ab]/g, ''), '1 , 0\n1 , 0\n');
  });
});

describe('flotilla run in a job', () => {
  for (const [family] of FAMILIES)
    for (const launcher of [undefined, 'mpirun']) {
      it(`${family} by ${launcher ?? 'what suits'}: ranks and hosts of the job`, async () => {
        const { code, all, stdout } = await inJob(
          `--mpi=${family}`,
          ...(launcher ? ['--launcher', launcher] : []),
          WHERE,
        );
        assert.equal(code, 0, all);
        assert.equal(stdout, '4 on a a b b, 6\n');
      });
    }

  it('more ranks than the job has', async () => {
    const { code, stderr } = await inJob('--mpi=mpich', '-n', '5', WHERE);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^flotilla: 5 ranks do not fit: Slurm job \d+ has 4$/m);
  });

  it('a launcher of the site gets the command of a rank and nothing else', async () => {
    const launcher = join(slurm.folder, 'launcher');
    writeFileSync(launcher, '#!/bin/sh\nexec env -u FLOTILLA_MPI srun --mpi=pmi2 "$@"\n', { mode: 0o755 });
    const { code, all, stdout } = await inJob('--mpi=mpich', '--launcher', launcher, WHERE);
    assert.equal(code, 0, all);
    assert.equal(stdout, '4 on a a b b, 6\n');
  });

  it('the limit is that of the job', async () => {
    const limited = ['salloc', '-Q', '-n', '1', '--time=60', ...rank, 'run', '-n', '1'];
    const { code, all, stdout } = await head([...limited, 'test/cluster/programs/limit.ts']);
    assert.equal(code, 0, all);
    assert.equal(stdout, 'ok\n');
  });

  it('another number of ranks than was asked for', async () => {
    const launcher = join(slurm.folder, 'three');
    writeFileSync(launcher, '#!/bin/sh\nexec srun -n 3 --mpi=pmi2 "$@"\n', { mode: 0o755 });
    const { code, stderr } = await inJob('--mpi=mpich', '--launcher', launcher, WHERE);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^flotilla: 4 ranks were asked for and 3 came: .*Use --launcher mpirun$/m);
  });
});

describe('sbatch', () => {
  const submit = (name: string, options: readonly string[], script: readonly string[]) =>
    slurm.submit(name, options, script);

  it('a job that its limit ends goes on after it, and does each item once', async () => {
    const folder = join(slurm.folder, 'ledger');
    const job = ['--nodes', '2', '--ranks-per-node', '1', '--walltime', '1m', '--requeue'];
    // Of a minute, 55 seconds are for the end: an attempt has time for a few of the items.
    const { code, printed, all } = await submit(
      'limit',
      [...job, '--grace', '55s'],
      ['test/cluster/programs/ledger.ts', folder, '8', '2000'],
    );
    assert.equal(code, 0, all + printed);
    const attempts = [...printed.matchAll(/^attempt (\d+): (\d+) finished/gm)].map(([, attempt]) =>
      Number(attempt),
    );
    assert.ok(attempts.length > 1, printed);
    assert.deepEqual(attempts, [...attempts.keys()], printed);
    assert.match(printed, /: 8 finished, 140\n$/);
    assert.deepEqual(slurm.begun(folder), [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('the jobs of an array share the items', async () => {
    const folder = join(slurm.folder, 'array');
    const script = ['test/cluster/programs/ledger.ts', folder, '10', '0'];
    const { code, printed, all } = await submit(
      'array',
      ['--array', '3', '--at-most', '2', '--threads', '--ranks-per-node', '2'],
      script,
    );
    assert.equal(code, 0, all + printed);
    assert.deepEqual(slurm.begun(folder), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // Each job sees what all have finished by then.
    assert.match(printed, /^attempt 0: 10 finished, 285$/m);
  });

  it('a job that was cancelled stays so', async () => {
    const folder = join(slurm.folder, 'cancelled');
    const options = [
      '--requeue',
      '--threads',
      '--walltime',
      '30m',
      '--output',
      join(slurm.folder, 'c.printed'),
    ];
    const file = await slurm.write('cancelled', options, [
      'test/cluster/programs/ledger.ts',
      folder,
      '1000',
      '100',
    ]);
    const { stdout } = await head(['sbatch', '--parsable', file]);
    const wait = `until [ -s ${folder}.begun ]; do sleep 0.1; done; scancel ${stdout.trim()}; while squeue -h -j ${stdout.trim()} | grep -q .; do sleep 0.2; done`;
    const ended = await head(['sh', '-c', wait]);
    assert.equal(ended.code, 0, ended.all);
    const { stdout: state } = await head(['scontrol', 'show', 'job', stdout.trim()]);
    assert.match(state, /JobState=CANCELLED/);
  });

  it('takes the script of flotilla job write, which runs in tcsh with its modules', () =>
    slurm.submitTutorial());
});
