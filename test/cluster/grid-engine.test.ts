/** Jobs on a real Grid Engine, whose hosts are namespaces of this machine. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
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
    const job = ['--threads', '--ranks-per-node', '2', '--walltime', '1m', '--grace', '57s', '--requeue'];
    const { code, printed, all } = await submit('limit', job, [
      'test/cluster/programs/ledger.ts',
      folder,
      '8',
      '1000',
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
