/** Scripts of both forms of PBS, read and run by Slurm's front end for them: PBS itself is not to be had here. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../harness/launch.ts';
import { Slurm } from './slurm.ts';

let slurm: Slurm;
before(async () => {
  slurm = await Slurm.start({ pbs: true });
});
after(() => slurm.end());

describe('the job of the tutorial', () => {
  for (const form of ['torque', 'pbs'])
    it(form, async () => {
      const job = (...args: readonly string[]) => slurm.flotilla(['job', ...args], slurm.pbs);
      const options = ['--scheduler', form, '--name', form, ...slurm.tutorial()];
      const script = `${ROOT}test/cluster/programs/tutorial.ts`;
      const { code, stdout, all } = await job('submit', ...options, script);
      assert.equal(code, 0, all);
      const waited = await job('wait', stdout.trim());
      const { stdout: printed } = await job('logs', stdout.trim());
      assert.equal(waited.code, 0, waited.all + printed);
      slurm.checkTutorial(printed);
    });
});
