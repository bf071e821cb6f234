/** What schedulers tell of a job: its limit, its hosts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { describeLimit, makeJob } from '../../src/cluster/job.ts';
import { allocationOf } from '../../src/launch/allocation.ts';
import { launch, type FabricName } from '../harness/launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'job-'));
after(() => rmSync(folder, { recursive: true }));

describe('the limit', () => {
  const start = Date.UTC(2030, 0, 1);
  /** A job of so many seconds, and a clock that can be set to a second of it. */
  const job = (told: string) => {
    let now = start;
    const made = makeJob({ FLOTILLA_LIMIT: told }, () => now);
    return { made, at: (second: number) => (now = start + 1000 * second) };
  };

  it('none outside of a job', () => {
    const made = makeJob({});
    assert.equal(made.id, undefined);
    assert.equal(made.deadline, undefined);
    assert.equal(made.timeLeft(), Infinity);
    assert.equal(made.signal.aborted, false);
  });

  for (const [walltime, stop] of [
    [3600, 3420], // 5 %
    [300, 270], // at least 30 s
    [36_000, 35_400], // at most 10 min
    [40, 20], // not more than half of it
  ] as const)
    it(`of ${walltime} s: an end is asked for after ${stop} s, in code that never awaits`, () => {
      const { made, at } = job(`${start} ${start + 1000 * walltime}`);
      assert.equal(made.deadline?.getTime(), start + 1000 * walltime);
      at(stop - 1);
      assert.equal(made.signal.aborted, false);
      assert.equal(made.timeLeft(), walltime - stop + 1);
      at(stop);
      assert.equal(made.signal.aborted, true);
      assert.throws(() => made.signal.throwIfAborted(), /the limit of the job is near/);
      at(walltime + 5);
      assert.equal(made.timeLeft(), 0);
    });

  it('with a grace time of its own', () => {
    const { made, at } = job(`${start} ${start + 100_000} 10`);
    at(89);
    assert.equal(made.signal.aborted, false);
    at(90);
    assert.equal(made.signal.aborted, true);
  });

  it('listeners hear of it', async () => {
    const made = makeJob({ FLOTILLA_LIMIT: `${Date.now()} ${Date.now() + 50} 0.03` });
    const hold = setTimeout(() => undefined, 60_000); // the signal keeps no process alive
    await new Promise<void>((resolve) => made.signal.addEventListener('abort', () => resolve()));
    clearTimeout(hold);
  });

  it("Slurm's own wins over the option", () => {
    const env = { SLURM_JOB_START_TIME: '1000', SLURM_JOB_END_TIME: '4600', SLURM_JOB_ID: '7' };
    assert.equal(describeLimit('2h', undefined, env), '1000000 4600000');
    const made = makeJob(env, () => 1_000_000);
    assert.equal(made.id, '7');
    assert.equal(made.timeLeft(), 3600);
  });

  for (const [fabric, n] of [
    ['threads', 2],
    ['openmpi', 2],
    ['mpich', 2],
  ] as readonly [FabricName, number][])
    it(`is told to ranks on ${fabric}`, async () => {
      const script = 'test/cluster/programs/limit.ts';
      const { code, all, stdout } = await launch(fabric, n, script, [], {
        run: ['--walltime', '1h', '--grace', '10m'],
      });
      assert.equal(code, 0, all);
      assert.equal(stdout, 'ok\nok\n');
    });
});

describe('hosts of a job', () => {
  const file = (text: string): string => {
    const path = join(folder, 'hosts');
    writeFileSync(path, text);
    return path;
  };
  const hosts = (env: NodeJS.ProcessEnv) => {
    const found = allocationOf(env);
    return (
      found && {
        title: found.title,
        slots: found.slots,
        hosts: found.hosts.map(({ name, slots }) => `${name}:${slots}`).join(),
      }
    );
  };

  it('outside of a job there are none', () => {
    assert.equal(allocationOf({}), undefined);
  });
  it('Slurm', () => {
    const env = {
      SLURM_JOB_ID: '3',
      SLURM_JOB_NODELIST: 'a,b,c',
      SLURM_TASKS_PER_NODE: '2(x2),1',
      SLURM_NTASKS: '5',
    };
    assert.deepEqual(hosts(env), { title: 'Slurm job 3', slots: 5, hosts: 'a:2,b:2,c:1' });
  });
  it('Slurm without a number of tasks: a rank for each core, or for so many', () => {
    const env = {
      SLURM_JOB_ID: '3',
      SLURM_JOB_NODELIST: 'a,b',
      SLURM_TASKS_PER_NODE: '1(x2)',
      SLURM_JOB_CPUS_PER_NODE: '12(x2)',
    };
    assert.equal(hosts(env)?.slots, 24);
    assert.equal(hosts({ ...env, SLURM_CPUS_PER_TASK: '4' })?.slots, 6);
  });
  it('PBS lists a host once a rank', () => {
    const env = { PBS_JOBID: '9.server', PBS_NODEFILE: file('a\na\nb\n') };
    assert.deepEqual(hosts(env), { title: 'PBS job 9.server', slots: 3, hosts: 'a:2,b:1' });
  });
  it('Grid Engine', () => {
    const env = {
      JOB_ID: '4',
      PE_HOSTFILE: file('a 2 all.q@a UNDEFINED\nb 3 all.q@b UNDEFINED\na 1 long.q@a UNDEFINED\n'),
    };
    assert.deepEqual(hosts(env), { title: 'Grid Engine job 4', slots: 6, hosts: 'a:3,b:3' });
  });
  it('LSF', () => {
    assert.deepEqual(hosts({ LSB_JOBID: '5', LSB_MCPU_HOSTS: 'a 2 b 3 ' }), {
      title: 'LSF job 5',
      slots: 5,
      hosts: 'a:2,b:3',
    });
  });
});
