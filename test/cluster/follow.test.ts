/** Where a job stands, by its record and by what schedulers say; what goes along with a submission. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CLI, start } from '../harness/launch.ts';
import {
  JobFolder,
  judge,
  listJobs,
  Tries,
  Watch,
  withoutAllocation,
  type JobState,
  type SchedulerName,
  type Try,
} from '../../src/cluster/scripts.ts';

const folder = mkdtempSync(join(tmpdir(), 'follow-'));
after(() => rmSync(folder, { recursive: true }));

describe('where a job stands', () => {
  const begun: Try = { attempt: 0, hosts: ['a'], begin: 1 };
  const over: Try = { ...begun, end: 2, code: 0 };
  const again: Try = { ...begun, end: 2, code: 75, again: true };
  const asked: Try = { ...begun, end: 2, code: 75, asked: true };
  const gone = { state: 'gone' } as const;
  const queued = { state: 'queued' } as const;
  const running = { state: 'running' } as const;
  const cases: readonly (readonly [
    title: string,
    tries: readonly Try[],
    standing: Parameters<typeof judge>[2],
    expected: string,
    more?: { cancelled?: boolean; lost?: boolean; requeue?: boolean },
  ])[] = [
    ['nothing is known', [], undefined, 'queued'],
    ['it waits', [], queued, 'queued'],
    ['it has begun', [begun], undefined, 'running'],
    ['it has ended, whatever the scheduler says', [over], running, 'ended 0'],
    ['it was put back', [again], queued, 'queued'],
    ['it was put back and runs', [again, { ...begun, attempt: 1 }], running, 'running'],
    ['it was preempted: its scheduler may put it back', [asked], queued, 'queued', { requeue: true }],
    ['it was asked to end, and nobody puts it back', [asked], gone, 'ended 75', { requeue: true }],
    ['it was asked to end and may not be put back', [asked], queued, 'ended 75'],
    ['it has just gone', [begun], gone, 'running'],
    ['it has gone for long', [begun], gone, 'lost 1', { lost: true }],
    ['it was cancelled', [begun], gone, 'cancelled 143', { cancelled: true }],
    ['it was cancelled and ended in good order', [asked], gone, 'cancelled 143', { cancelled: true }],
    ['it ended before it was cancelled', [over], gone, 'ended 0', { cancelled: true }],
    ['its scheduler cancelled it', [], { state: 'gone', reason: 'CANCELLED' }, 'cancelled 143'],
  ];
  const told = ({ state, code }: JobState) => (code === undefined ? state : `${state} ${code}`);
  for (const [title, tries, standing, expected, more = {}] of cases)
    it(title, () => {
      const { requeue = false, cancelled = false, lost = false } = more;
      const job = { name: 'x', scheduler: 'slurm', id: '1', submitted: 0, requeue } as const;
      assert.equal(told(judge(job, [tries], standing, { cancelled, lost })), expected);
    });

  it('an array is over when all of it is, with the largest code', () => {
    const job = { name: 'x', scheduler: 'slurm', id: '1', submitted: 0, requeue: false } as const;
    const seen = { cancelled: false, lost: false };
    assert.equal(told(judge(job, [[over], [begun]], running, seen)), 'running');
    assert.equal(told(judge(job, [[over], [{ ...over, code: 4 }]], running, seen)), 'ended 4');
  });
});

describe('the record of attempts', () => {
  it('a line that a kill has cut off does not count', () => {
    const tries = new Tries(folder);
    tries.write({ attempt: 0, hosts: ['a'], begin: 1 });
    writeFileSync(join(folder, 'try.jsonl'), '{"attempt":0,"co', { flag: 'a' });
    tries.write({ attempt: 1, hosts: ['b'], begin: 2 });
    tries.write({ attempt: 1, end: 3, code: 0 });
    assert.deepEqual(tries.read(), [
      { attempt: 0, hosts: ['a'], begin: 1 },
      { attempt: 1, hosts: ['b'], begin: 2, end: 3, code: 0 },
    ]);
  });
});

describe('what a scheduler says', () => {
  /** A scheduler of whom only the question for all jobs is known; a file keeps count of it. */
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  const says = (command: string, body: string): void => {
    const path = join(programs, command);
    writeFileSync(path, `#!/bin/sh\necho asked >> ${folder}/asked\n${body}\n`);
    chmodSync(path, 0o755);
  };
  process.env.PATH = `${programs}:${process.env.PATH}`;
  const lists: readonly (readonly [SchedulerName, string, string, Record<string, string>])[] = [
    [
      'pbs',
      'qstat',
      `Job id            Name             User              Time Use S Queue
----------------  ---------------- ----------------  -------- - -----
12.server         demojob          anna              00:00:01 R workq
13.server         other            anna                     0 Q workq
14[].server       many             anna                     0 B workq
15.server         held             anna                     0 H workq
16.server         over             anna              00:00:09 F workq`,
      { 12: 'running', 13: 'queued', 14: 'running', 15: 'queued', 16: 'gone' },
    ],
    [
      'torque',
      'qstat',
      `Job ID                    Name             User            Time Use S Queue
------------------------- ---------------- --------------- -------- - -----
12.server                  demojob          anna            00:00:01 C batch
13.server                  other            anna                   0 E batch`,
      { 12: 'gone', 13: 'running' },
    ],
    [
      'lsf',
      'bjobs',
      '12 RUN\n13 PEND\n14 EXIT\n15 USUSP',
      { 12: 'running', 13: 'queued', 14: 'gone', 15: 'running' },
    ],
  ];
  for (const [scheduler, command, text, expected] of lists)
    it(scheduler, async () => {
      says(command, `cat <<'END'\n${text}\nEND`);
      const jobs = await listJobs(scheduler);
      const states = [...(jobs ?? [])].map(([id, { state }]) => [id, state]);
      assert.deepEqual(Object.fromEntries(states), expected);
    });

  it('is asked once for all jobs; an answer that fails changes nothing; the reason is that of sacct', async () => {
    process.env.FLOTILLA_QUEUE_SECONDS = '3600';
    process.env.FLOTILLA_LOST_SECONDS = '3600';
    const jobs = ['1', '2'].map((id) => {
      const job = JobFolder.make('one', join(folder, 'jobs'));
      job.submit({ name: 'one', scheduler: 'slurm', id, submitted: 1, requeue: false });
      new Tries(job.path).write({ attempt: 0, hosts: ['a'], begin: 2 });
      return job;
    });
    assert.deepEqual(
      jobs.map(({ name }) => name),
      ['one.1', 'one.2'],
    );
    const states = async () => {
      const watch = new Watch();
      const all = await Promise.all([...jobs, ...jobs].map((job) => watch.look(job)));
      return all.map(({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`));
    };
    rmSync(join(folder, 'asked'), { force: true });
    says('squeue', 'exit 1');
    assert.deepEqual(await states(), ['running', 'running', 'running', 'running']);
    says('squeue', 'echo "2|RUNNING|None"');
    says('sacct', 'echo OUT_OF_MEMORY');
    assert.deepEqual(new Set(await states()), new Set(['running']));
    process.env.FLOTILLA_LOST_SECONDS = '0.001';
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual((await states())[0], 'lost: OUT_OF_MEMORY');
    says('sacct', 'exit 1');
    assert.match((await states())[0] ?? '', /^lost: the scheduler no longer has it/);
    const asked = readFileSync(join(folder, 'asked'), 'utf8');
    // Four times the queue, twice the accounting.
    assert.equal(asked.trim().split('\n').length, 6);
  });
});

describe('an attempt', () => {
  const home = join(folder, 'attempts');
  mkdirSync(home);
  const script = join(home, 'again.ts');
  writeFileSync(
    script,
    `import { job, ledger } from 'flotilla/cluster';
     const [keeps] = process.argv.slice(2);
     if (keeps !== undefined) ledger('kept-' + keeps);
     if (keeps === 'some') ledger('kept-some').add(String(job.attempt), 1);
     job.again();`,
  );
  /** An attempt at a job of Grid Engine, which is told by its code alone; of PBS where that is said. */
  const attempt = (
    keeps: string,
    env: NodeJS.ProcessEnv = { JOB_ID: keeps, SGE_ROOT: '/x', SGE_TASK_ID: 'undefined' },
  ) => start(process.execPath, [CLI, 'run', '-n', '1', '--requeue', script, keeps], { cwd: home, env });

  it('that leaves no new checkpoint is not followed by a third', async () => {
    assert.equal((await attempt('none')).code, 99);
    const { code, stderr } = await attempt('none');
    assert.equal(code, 75);
    assert.match(
      stderr,
      /^flotilla: the job is not finished and was not put back: two attempts have left no new/,
    );
    const records = new Tries(join(home, '.flotilla/job-none')).read();
    assert.deepEqual(
      records.map(({ code, again, kept }) => [code, again, kept]),
      [
        [75, true, false],
        [75, false, false],
      ],
    );
  });

  it('that leaves one is followed by another', async () => {
    for (let i = 0; i < 3; i++) assert.equal((await attempt('some')).code, 99);
  });

  it('in PBS is followed by a job that waits for its end', async () => {
    const programs = join(home, 'programs');
    mkdirSync(programs);
    writeFileSync(join(programs, 'qsub'), `#!/bin/sh\necho "$@" > ${home}/qsub\necho 78.server\n`, {
      mode: 0o755,
    });
    const env = { PBS_JOBID: '77.server', PATH: `${programs}:${process.env.PATH}` };
    const byHand = await attempt('some', env);
    assert.equal(byHand.code, 75);
    assert.match(byHand.stderr, /was not put back: PBS takes no running job back: submit it again$/m);
    const job = new JobFolder(join(home, '.flotilla/job-77.server'));
    writeFileSync(job.script, '');
    const { code, stderr } = await attempt('some', env);
    assert.equal(code, 75);
    assert.equal(stderr, '');
    assert.equal(readFileSync(join(home, 'qsub'), 'utf8'), `-W depend=afterany:77.server ${job.script}\n`);
    assert.deepEqual(job.ids, ['78.server']);
  });
});

describe('what is submitted within a job', () => {
  it('has nothing of the job around it', () => {
    const kept = {
      PATH: '/bin',
      SLURM_CONF: '/etc/slurm.conf',
      OMPI_MCA_btl: 'tcp',
      OMPI_ALLOW_RUN_AS_ROOT: '1',
      SGE_ROOT: '/sge',
      SGE_CELL: 'default',
      FLOTILLA_MPI: 'mpich',
    };
    const around = {
      SLURM_JOB_ID: '1',
      SLURM_NTASKS: '4',
      PBS_JOBID: '2',
      PBS_NODEFILE: '/x',
      LSB_JOBID: '3',
      PMI_RANK: '0',
      PMIX_RANK: '0',
      OMPI_COMM_WORLD_SIZE: '4',
      FLOTILLA_STOP: '/x',
      FLOTILLA_ATTEMPT: '1 x',
    };
    assert.deepEqual(withoutAllocation({ ...kept, ...around }), kept);
    const ofGridEngine = {
      JOB_ID: '4',
      NSLOTS: '4',
      PE_HOSTFILE: '/x',
      SGE_TASK_ID: 'undefined',
      TMPDIR: '/tmp/4.q',
    };
    assert.deepEqual(withoutAllocation({ ...kept, ...ofGridEngine }), kept);
    // Outside of Grid Engine these names are the user's.
    assert.deepEqual(withoutAllocation({ ...kept, NSLOTS: '4' }), { ...kept, NSLOTS: '4' });
  });
});
