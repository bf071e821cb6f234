/** Jobs that `flotilla job submit` gives to a real Slurm: followed, stopped, cancelled, preempted, left by their host. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { CLI, ROOT, start } from '../harness/launch.ts';
import { Slurm } from './slurm.ts';

const PROGRAMS = `${ROOT}test/cluster/programs`;
const UNTIL_TOLD = `${PROGRAMS}/until-told.ts`;
const STUDY = `${PROGRAMS}/study.ts`;
const GENERATIONS = '40';
const ONE = ['--threads', '--ranks-per-node', '1'];

let slurm: Slurm;
before(async () => {
  slurm = await Slurm.start();
});
after(() => slurm.end());

const job = (...args: readonly string[]) => slurm.flotilla(['job', ...args]);
/** The one line of `flotilla job status`, in columns. */
const status = async (id: string): Promise<string[]> =>
  (await job('status', id)).stdout.trim().split(/ {2,}/).slice(2);
const generations = (dir: string) => slurm.lines(`${dir}/valley/generations.jsonl`).length;

describe('a job that was submitted', () => {
  it('runs the code as it was, prints its number alone, and is followed to its end', async () => {
    const script = slurm.file('edited.ts');
    writeFileSync(script, "console.log('as it was'); process.exitCode = 3;\n");
    const id = await slurm.job(['--name', 'demo', ...ONE], script);
    writeFileSync(script, 'this is no program');
    const followed = await job('logs', '-f', id);
    assert.equal(followed.stdout, 'as it was\n', followed.all);
    const waited = await job('wait', 'demo.1');
    assert.equal(waited.code, 3, waited.all);
    assert.deepEqual(await status(id), ['ended', '1 attempt', 'code 3']);
  });

  it('as a chain goes on in the next link until it is finished; those that are left end at once', async () => {
    const id = await slurm.job(['--name', 'chain', '--chain', '3', ...ONE], `${PROGRAMS}/twice.ts`);
    const { code, all } = await job('wait', id);
    assert.equal(code, 0, all);
    const last = String(Number(id) + 2);
    let said = '';
    do ({ stdout: said } = await slurm.on('head', ['scontrol', 'show', 'job', last]));
    while (/JobState=(PENDING|RUNNING|COMPLETING)/.test(said));
    assert.match(said, /JobState=COMPLETED/);
    // Each link has a file of its own.
    assert.deepEqual((await job('logs', id)).stdout.match(/^attempt .*/gm), ['attempt 0', 'attempt 1']);
    assert.deepEqual(await status(id), ['ended', '2 attempts', 'code 0']);
  });

  it('that the scheduler refuses is told of in a line, and leaves no folder', async () => {
    const { code, stderr } = await job('submit', '--name', 'bad', '--queue', 'nosuch', UNTIL_TOLD);
    assert.equal(code, 2, stderr);
    const refused = 'the scheduler refused the job: sbatch: error: invalid partition specified: nosuch';
    assert.ok(stderr.startsWith(`flotilla: ${refused}`), stderr);
    const { stderr: unknown } = await job('wait', 'bad.1');
    assert.match(unknown, /^flotilla: no job bad\.1 was submitted here/);
  });

  it('is asked to stop, and ends on all its hosts without another attempt', async () => {
    const begun = slurm.file('stopped.begun');
    const options = ['--name', 'stopped', '--nodes', '2', '--ranks-per-node', '1', '--requeue'];
    const id = await slurm.job(options, UNTIL_TOLD, begun, '/nowhere');
    await slurm.written('stopped.begun', 2);
    assert.equal((await job('stop', id)).code, 0);
    const { code, all } = await job('wait', id);
    assert.equal(code, 75, all);
    assert.match((await job('logs', id)).stdout, /^attempt 0: asked to stop$/m);
    assert.deepEqual(await status(id), ['ended', '1 attempt', 'code 75', 'stop']);
    assert.deepEqual(slurm.lines('stopped.begun').sort(), ['a', 'b']);
  });

  it('is cancelled, by us or by scancel, and stays so; no process of it is left', async () => {
    const options = ['--nodes', '2', '--ranks-per-node', '1', '--requeue'];
    const ids = await Promise.all(
      ['ours', 'theirs'].map((name) =>
        slurm.job(['--name', name, ...options], UNTIL_TOLD, slurm.file(`${name}.begun`), '/nowhere'),
      ),
    );
    await Promise.all([slurm.written('ours.begun', 2), slurm.written('theirs.begun', 2)]);
    const [ours, theirs] = ids as [string, string];
    assert.equal((await job('cancel', ours)).code, 0);
    await slurm.on('head', ['scancel', theirs]);
    const { code, all, stderr } = await job('wait', ours, theirs);
    assert.equal(code, 143, all);
    assert.deepEqual(stderr.trim().split('\n').sort(), [
      'flotilla: ours.1 is cancelled',
      'flotilla: theirs.1 is cancelled',
    ]);
    for (const id of ids) {
      const { stdout } = await slurm.on('head', ['scontrol', 'show', 'job', id]);
      assert.match(stdout, /JobState=CANCELLED/);
    }
    for (const host of ['a', 'b'])
      await slurm.until(
        `no process is left on ${host}`,
        () => slurm.processes(host, 'until-told').length === 0,
      );
  });
});

describe('several jobs', () => {
  it('an array of six, three at most, and a job after it', async () => {
    const times = slurm.file('times');
    const script = `${PROGRAMS}/share.ts`;
    const array = await slurm.job(['--name', 'six', '--array', '6', '--at-most', '3', ...ONE], script, times);
    const last = await slurm.job(['--name', 'last', '--after', array, ...ONE], script, times);
    const { code, all } = await job('wait', array, last);
    assert.equal(code, 0, all);
    const lines = slurm.lines('times');
    let most = 0;
    lines.slice(0, 12).reduce((now, line) => {
      const next = now + (line.endsWith('begins') ? 1 : -1);
      most = Math.max(most, next);
      return next;
    }, 0);
    assert.ok(most <= 3, lines.join('\n'));
    const ends = lines.slice(0, 12).filter((line) => line.endsWith('ends'));
    assert.deepEqual(
      ends.sort(),
      [0, 1, 2, 3, 4, 5].map((i) => `${i} of 6 ends`),
    );
    assert.deepEqual(lines.slice(12), ['0 of 1 begins', '0 of 1 ends']);
    assert.deepEqual(await status(array), ['ended', '6 attempts', 'code 0']);
  });

  it('one submits another, which has the shape that was asked for', async () => {
    const output = slurm.file('inner.printed');
    const options = [
      '--name',
      'outer',
      '--nodes',
      '2',
      '--ranks-per-node',
      '2',
      '--env',
      'FLOTILLA_QUEUE_SECONDS=1',
    ];
    const id = await slurm.job(options, `${PROGRAMS}/submits.ts`, `${PROGRAMS}/where.ts`, output, 'slurm');
    const { code, all } = await job('wait', id);
    const { stdout } = await job('logs', id);
    assert.equal(code, 0, all + stdout);
    assert.equal(stdout, 'from one of 4 ranks: ended 0 1\n');
    assert.match(readFileSync(output, 'utf8'), /^3 on (a a a|b b b), 3\n$/);
  });

  it('are waited for while nobody answers', async () => {
    const told = slurm.file('told');
    const id = await slurm.job(['--name', 'waited', ...ONE], UNTIL_TOLD, slurm.file('waited.begun'), told);
    await slurm.written('waited.begun');
    const waiting = job('wait', id);
    await slurm.away(async () => {
      // What it asks meanwhile is in vain, too.
      assert.notEqual((await slurm.on('head', ['squeue'])).code, 0);
      assert.deepEqual(await status(id), ['running', '1 attempt']);
      appendFileSync(told, '');
    });
    assert.equal((await waiting).code, 0);
    assert.deepEqual(await status(id), ['ended', '1 attempt', 'code 0']);
  });
});

describe('an experiment has the same result', () => {
  let undisturbed: string;
  const result = (dir: string) => readFileSync(slurm.file(`${dir}/valley/result.json`), 'utf8');
  /** How long a sample takes does not matter to the result. */
  const study = (dir: string, ms: number, ...options: readonly string[]) =>
    slurm.job(['--name', dir, '--requeue', ...options], STUDY, slurm.file(dir), GENERATIONS, String(ms));
  before(async () => {
    const run = [CLI, 'run', '-n', '2', STUDY, slurm.file('undisturbed'), GENERATIONS, '0'];
    const { code, all } = await start(process.execPath, run);
    assert.equal(code, 0, all);
    undisturbed = result('undisturbed');
  });

  it('when others take its nodes, with and without a grace time, and when its limit comes', async () => {
    // Ranks that srun has started are sent SIGTERM when the grace time begins; one that never awaits hears of it, too.
    const graceTime = ['--queue', 'patient', '--directive', '--nodelist=b'];
    const told = slurm.file('busy.told');
    const busy = await slurm.job(
      ['--name', 'busy', '--requeue', '--output', slurm.file('busy.printed'), ...graceTime],
      UNTIL_TOLD,
      slurm.file('busy.begun'),
      told,
      'busy',
    );
    await slurm.written('busy.begun');
    const [without, graceful, limited] = await Promise.all([
      study('without', 30, '--threads', '--ranks-per-node', '2', '--directive', '--nodelist=a'),
      study('graceful', 30, '--ranks-per-node', '2', ...graceTime),
      study('limited', 40, '--threads', '--ranks-per-node', '2', '--walltime', '1m', '--grace', '54s'),
    ]);
    await slurm.until('they are under way', () =>
      ['without', 'graceful'].every((dir) => generations(dir) > 2),
    );
    const urgent = ['--partition=urgent', '--nodes=2', '--exclusive', '--output=/dev/null', '--wrap=true'];
    assert.equal((await slurm.on('head', ['sbatch', ...urgent])).code, 0);
    // Slurm says there, too, that it has sent a signal.
    const said = () => slurm.lines('busy.printed').filter((line) => line.startsWith('attempt'));
    await slurm.until('the busy one has been asked', () => said().length > 0);
    writeFileSync(told, '');
    const { code, all } = await job('wait', without, graceful, limited, busy);
    const { stdout } = await job('logs', graceful);
    assert.equal(code, 0, all + stdout);
    assert.match(stdout, /^attempt 0: signal$/m);
    assert.deepEqual(said(), ['attempt 0: asked to stop', 'attempt 1: finished']);
    for (const dir of ['without', 'graceful', 'limited']) assert.equal(result(dir), undisturbed, dir);
    const attempts = [without, graceful, limited].map(async (id) => (await status(id))[1]);
    for (const each of await Promise.all(attempts)) assert.match(each ?? '', /^[2-9] attempts$/);
  });

  it('when its host dies', async () => {
    const id = await study('host', 20, '--threads', '--ranks-per-node', '2');
    await slurm.until('it is under way', () => generations('host') > 2);
    const [{ hosts: [host = ''] = [] } = {}] = slurm
      .lines('.flotilla/host.1/try.jsonl')
      .map((line) => JSON.parse(line) as { hosts?: string[] });
    slurm.kill(host);
    const { code, all } = await job('wait', id);
    assert.equal(code, 0, all);
    assert.equal(result('host'), undisturbed);
    assert.deepEqual(await status(id), ['ended', '2 attempts', 'code 0']);
  });
});
