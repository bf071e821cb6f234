/** Jobs that `flotilla job submit` gives to a real Slurm: followed, stopped, cancelled, preempted, left by their host. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { launch, ROOT } from '../harness/launch.ts';
import { Slurm } from './slurm.ts';

const PROGRAMS = `${ROOT}test/cluster/programs`;
const ONE = ['--threads', '--ranks-per-node', '1'];

let slurm: Slurm;
before(async () => {
  slurm = await Slurm.start();
});
after(() => slurm.end());

describe('a job that was submitted', () => {
  it('runs the code as it was, prints its number alone, and is followed to its end', async () => {
    const script = slurm.file('edited.ts');
    writeFileSync(script, "console.log('as it was'); process.exitCode = 3;\n");
    const id = await slurm.job(['--name', 'demo', ...ONE], script);
    writeFileSync(script, 'this is no program');
    const followed = await slurm.flotilla(['job', 'logs', '-f', id]);
    assert.equal(followed.stdout, 'as it was\n', followed.all);
    const waited = await slurm.flotilla(['job', 'wait', 'demo.1']);
    assert.equal(waited.code, 3, waited.all);
    const { stdout } = await slurm.flotilla(['job', 'status', id]);
    assert.equal(stdout, `${id}  demo.1  ended  1 attempt  code 3\n`);
  });

  it('that the scheduler refuses is told of in a line, and leaves no folder', async () => {
    const job = ['job', 'submit', '--name', 'bad', '--queue', 'nosuch', `${PROGRAMS}/where.ts`];
    const { code, stderr } = await slurm.flotilla(job);
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /^flotilla: the scheduler refused the job: sbatch: error: invalid partition specified: nosuch/,
    );
    const { stderr: unknown } = await slurm.flotilla(['job', 'wait', 'bad.1']);
    assert.match(unknown, /^flotilla: no job bad\.1 was submitted here/);
  });
});
