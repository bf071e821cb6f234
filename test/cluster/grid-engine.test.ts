/** Jobs on a real Grid Engine, whose hosts are namespaces of this machine. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CLI, ROOT, start } from '../harness/launch.ts';
import { GridEngine } from './grid-engine.ts';

let engine: GridEngine;
before(async () => {
  engine = await GridEngine.start();
});
after(() => engine.end());

const submit = (name: string, options: readonly string[], script: readonly string[]) =>
  engine.submit(name, options, script);

describe('jobs that flotilla job write has written', () => {
  for (const family of ['openmpi', 'mpich'])
    it(`${family}: ranks and hosts of the job`, async () => {
      const job = ['--nodes', '2', '--ranks-per-node', '2', '--walltime', '10m', '--feature', 'vortex'];
      const { code, printed, all } = await submit(
        family,
        [...job, '--env', `FLOTILLA_MPI=${family}`],
        ['test/cluster/programs/where.ts'],
      );
      assert.equal(code, 0, all + printed);
      assert.match(printed, /^4 on (a a b b|b b a a), 6\n$/);
    });

  it('a rank for each core of threads', async () => {
    const { code, printed, all } = await submit(
      'threads',
      ['--threads', '--ranks-per-node', '3'],
      ['test/cluster/programs/where.ts'],
    );
    assert.equal(code, 0, all + printed);
    assert.match(printed, /^3 on (a a a|b b b), 3\n$/);
  });

  it("the tutorial's, in tcsh with its modules", () =>
    engine.submitTutorial('--pe', 'twelve', '--env', 'FLOTILLA_MPI=openmpi'));

  it('a job that its limit ends goes on after it, and does each item once', async () => {
    const folder = join(engine.folder, 'ledger');
    const job = ['--threads', '--ranks-per-node', '2', '--walltime', '1m', '--grace', '55s', '--requeue'];
    const { code, printed, all } = await submit('limit', job, [
      'test/cluster/programs/ledger.ts',
      folder,
      '8',
      '2000',
    ]);
    assert.equal(code, 0, all + printed);
    assert.ok(printed.trim().split('\n').length > 1, printed);
    assert.match(printed, /^attempt 1: 8 finished, 140$/m);
    assert.deepEqual(engine.begun(folder), [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('the jobs of an array share the items', async () => {
    const folder = join(engine.folder, 'array');
    const name = ['--array', '3', '--threads'];
    const { code, printed, all } = await submit('array', name, [
      'test/cluster/programs/ledger.ts',
      folder,
      '10',
      '0',
    ]);
    assert.equal(code, 0, all + printed);
    assert.deepEqual(engine.begun(folder), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('is asked whether it would take a script', async () => {
    const check = ['job', 'write', '--scheduler', 'sge', '--check', '--threads'];
    const cli = [process.execPath, 'dist/launch/cli.js', ...check];
    const good = await engine.on('head', [...cli, '--feature', 'vortex', 'examples/hello.ts']);
    assert.equal(good.code, 0, good.all);
    assert.match(good.stderr, /checked: the scheduler would take it/);
    const bad = await engine.on('head', [...cli, '--queue', 'nosuch.q', 'examples/hello.ts']);
    assert.equal(bad.code, 2, bad.all);
    assert.match(bad.stderr, /^flotilla: the scheduler refused the job: .*nosuch\.q/m);
  });
});

describe('jobs that were submitted', () => {
  const programs = `${ROOT}test/cluster/programs`;
  const job = (...args: readonly string[]) => engine.flotilla(['job', ...args]);
  const one = ['--threads', '--ranks-per-node', '1'];

  it('one is followed, one asked to stop, one cancelled by us, one by qdel', async () => {
    const names = ['told', 'stopped', 'ours', 'theirs'] as const;
    const options = ['--nodes', '2', '--ranks-per-node', '2', '--requeue', '--env', 'FLOTILLA_MPI=openmpi'];
    const submitted = names.map((name) => {
      const shape = name === 'theirs' ? options : one;
      const files = [engine.file(`${name}.begun`), engine.file('tell')];
      return engine.job(['--name', name, '--requeue', ...shape], `${programs}/until-told.ts`, ...files);
    });
    const [told, stopped, ours, theirs] = (await Promise.all(submitted)) as [string, string, string, string];
    await Promise.all(names.map((name) => engine.written(`${name}.begun`, name === 'theirs' ? 4 : 1)));
    await job('stop', stopped);
    await job('cancel', ours);
    await engine.on('head', ['qdel', theirs]);
    const ended = await job('wait', stopped, ours, theirs);
    assert.equal(ended.code, 143, ended.all);
    assert.match(ended.stderr, /^flotilla: ours\.1 is cancelled$/m);
    // Grid Engine does not say what has become of a job that is gone.
    assert.match(ended.stderr, /^flotilla: theirs\.1 is lost: the scheduler no longer has it/m);
    for (const host of ['a', 'b'])
      await engine.until(`no process is left on ${host}`, () =>
        engine.processes(host, 'theirs.1').every((line) => line.includes('told.1')),
      );
    writeFileSync(engine.file('tell'), '');
    const followed = await job('logs', '-f', told);
    assert.equal(followed.stdout, 'attempt 0: finished\n', followed.all);
    const { stdout } = await job('status');
    const states = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/).slice(1, 5).join(' '));
    assert.deepEqual(states.sort().slice(0, 3), [
      'ours.1 cancelled 1 attempt code 143',
      'stopped.1 ended 1 attempt code 75',
      'theirs.1 lost 1 attempt code 1',
    ]);
    assert.ok(states.includes('told.1 ended 1 attempt code 0'), stdout);
  });

  it('an array of six, three at most, and a job after it; one within another has its own shape', async () => {
    const times = engine.file('times');
    const output = engine.file('inner.printed');
    const script = `${programs}/share.ts`;
    const array = await engine.job(
      ['--name', 'six', '--array', '6', '--at-most', '3', ...one],
      script,
      times,
    );
    const last = await engine.job(['--name', 'last', '--after', array, ...one], script, times);
    const quick = ['--env', 'FLOTILLA_QUEUE_SECONDS=1', '--env', 'FLOTILLA_MPI=openmpi'];
    const outer = await engine.job(
      ['--name', 'outer', '--nodes', '2', '--ranks-per-node', '2', ...quick, '--env', `PATH=${engine.path}`],
      `${programs}/submits.ts`,
      `${programs}/where.ts`,
      output,
      'sge',
    );
    const { code, all } = await job('wait', array, last, outer);
    const { stdout } = await job('logs', outer);
    assert.equal(code, 0, all + stdout);
    assert.equal(stdout, 'from one of 4 ranks: ended 0 1\n');
    assert.match(readFileSync(output, 'utf8'), /^3 on (a a a|b b b), 3\n$/);
    const lines = engine.lines('times');
    assert.deepEqual(lines.slice(12), ['0 of 1 begins', '0 of 1 ends']);
    const ends = lines.slice(0, 12).filter((line) => line.endsWith('ends'));
    assert.deepEqual(
      ends.sort(),
      [0, 1, 2, 3, 4, 5].map((i) => `${i} of 6 ends`),
    );
  });

  it('an experiment that its limit ends has the same result', async () => {
    const script = `${programs}/study.ts`;
    const undisturbed = await start(process.execPath, [
      CLI,
      'run',
      '-n',
      '2',
      script,
      engine.file('quiet'),
      '40',
      '0',
    ]);
    assert.equal(undisturbed.code, 0, undisturbed.all);
    const limit = ['--threads', '--ranks-per-node', '2', '--walltime', '1m', '--grace', '54s', '--requeue'];
    const id = await engine.job(['--name', 'limited', ...limit], script, engine.file('limited'), '40', '40');
    const { code, all } = await job('wait', id);
    assert.equal(code, 0, all);
    const result = (dir: string) => readFileSync(engine.file(`${dir}/valley/result.json`), 'utf8');
    assert.equal(result('limited'), result('quiet'));
    assert.match((await job('status', id)).stdout, /ended {2}[2-9] attempts {2}code 0/);
  });
});
