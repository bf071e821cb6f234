/** The record of a run: whenever a job is killed, it goes on, and ends with the same bits. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { stream } from 'flotilla/conduit';
import { cmaes, optimize, run, type RunOptions } from 'flotilla/experiment';
import { launch, type FabricName } from '../harness/launch.ts';

const PROGRAM = 'test/experiment/programs/resumable.ts';
const root = mkdtempSync(join(tmpdir(), 'resume-'));
after(() => rmSync(root, { recursive: true }));

/** Every line but one that was being written is JSON of its own; so is every other file. */
function readable(dir: string): void {
  for (const name of readdirSync(dir)) {
    for (const file of readdirSync(join(dir, name)).filter((each) => !each.endsWith('.new'))) {
      const text = readFileSync(join(dir, name, file), 'utf8');
      const parts = file.endsWith('.jsonl') ? text.split('\n').slice(0, -1) : [text];
      for (const part of parts) JSON.parse(part);
    }
  }
}

// Side by side: most of their time goes into starting ranks.
describe('a job that is killed', { concurrency: 3 }, () => {
  let undisturbed: Promise<string> | undefined;
  for (const [fabric, n, kills] of [
    ['threads', 3, 8],
    ['openmpi', 3, 8],
    ['mpich', 3, 4],
  ] as [FabricName, number, number][]) {
    it(`${kills} times on ${fabric} gives the result of one that was not`, async () => {
      undisturbed ??= launch('solo', 1, PROGRAM).then(({ stdout }) => stdout);
      const whole = await undisturbed;
      assert.match(whole, /^\[\{"stopped":"generations"/);
      const dir = join(root, fabric);
      const random = stream(1, `kills on ${fabric}`);
      let killed = 0;
      for (let kill = 0; kill < kills; kill++) {
        const [who, after] =
          kill % 2 === 0 ? ['model', random.integer(30)] : ['engine', 20 + random.integer(100)];
        const args = ['--die', who, '--after', String(after), '--dir', dir];
        const { code, all } = await launch(fabric, n, PROGRAM, args);
        // It may have been done before its time.
        if (code === 0) break;
        assert.doesNotMatch(all, /ExperimentError/, all);
        readable(dir);
        killed++;
      }
      assert.ok(killed >= kills / 2, `only ${killed} times`);
      const { stdout, all } = await launch(fabric, n, PROGRAM, ['--dir', dir]);
      assert.equal(stdout, whole, all);
      readable(dir);
      // No sample has been evaluated and recorded twice.
      for (const name of ['first', 'second', 'third', 'fourth', 'fifth']) {
        const ids = readFileSync(join(dir, name, 'samples.jsonl'), 'utf8')
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { id: number }).id);
        assert.equal(new Set(ids).size, ids.length);
      }
      // Over: run once more, nothing is left to do.
      assert.equal((await launch(fabric, n, PROGRAM, ['--dir', dir])).stdout, whole);
    });
  }
});

describe('the record', () => {
  const make = (seed: number) =>
    optimize({
      seed,
      variables: { x: { bounds: [-10, 10] } },
      objective: ({ x }) => (x > 9 ? Infinity : x * x),
      solver: cmaes(),
      until: { generations: 10 },
    });
  const start = (dir: string, options: RunOptions = {}) =>
    run(make(1), { dir: join(root, dir), resume: true, ...options });
  const refusal = (dir: string, message: RegExp, seed = 1) =>
    assert.rejects(run(make(seed), { dir: join(root, dir), resume: true }), {
      code: 'ERR_CHECKPOINT',
      message,
    });
  const file = (dir: string, name: string) => join(root, dir, 'optimize', name);

  it('is refused when it is there already, unless resume is set', async () => {
    await start('used');
    await assert.rejects(start('used', { resume: false }), {
      code: 'ERR_CHECKPOINT',
      message: /holds the record of a run already: set resume: true/,
    });
  });

  it('of another experiment is refused with what differs', async () => {
    await start('other');
    await refusal('other', /is of another experiment: they differ in seed$/, 2);
    copyFileSync(file('used', 'checkpoint.json'), file('other', 'checkpoint.json'));
    await start('other');
  });

  it('that is damaged or of another version is refused with the reason', async () => {
    await start('damaged');
    const good = readFileSync(file('damaged', 'checkpoint.json'), 'utf8');
    for (const [text, message] of [
      [good.slice(0, 100), /has a checkpoint\.json that cannot be read: SyntaxError/],
      ['[]\n', /is of format undefined/],
      [good.replace('"format":3', '"format":2'), /is of format 2; this version reads and writes format 3/],
      [good.replace('"nextId"', '"next"'), /lacks what is needed/],
    ] as const) {
      writeFileSync(file('damaged', 'checkpoint.json'), text);
      await refusal('damaged', message);
    }
    writeFileSync(file('damaged', 'checkpoint.json'), good);
    const samples = readFileSync(file('damaged', 'samples.jsonl'), 'utf8');
    writeFileSync(file('damaged', 'samples.jsonl'), `{"id":\n${samples}`);
    await refusal('damaged', /has a damaged samples\.jsonl, line 1/);
    // A last line without its end was being written: it is no damage.
    writeFileSync(file('damaged', 'samples.jsonl'), `${samples}{"id":`);
    await start('damaged');
    assert.equal(readFileSync(file('damaged', 'samples.jsonl'), 'utf8'), samples);
  });

  it('is written by one run at a time', async () => {
    const dir = join(root, 'busy');
    const going = optimize({
      variables: { x: { bounds: [-10, 10] } },
      async objective({ x }) {
        await assert.rejects(run(make(1), { dir, resume: true }), {
          code: 'ERR_CHECKPOINT',
          message: /is being written by another run: process \d+ on /,
        });
        return x * x;
      },
      solver: cmaes(),
      until: { evaluations: 1 },
    });
    await run(going, { dir });
    // A lock whose process has ended is taken over; a number of a process is used again.
    writeFileSync(file('used', 'lock'), JSON.stringify({ host: hostname(), pid: process.pid, born: '0' }));
    await start('used');
  });

  it('keeps infinities, in strict JSON', () => {
    const values = readFileSync(file('used', 'samples.jsonl'), 'utf8');
    assert.doesNotMatch(values, /[:[,]-?Infinity|NaN/);
  });

  it('a signal stops after the generation under way, and the run can be continued', async () => {
    const controller = new AbortController();
    const counting = (stop: boolean) => {
      let count = 0;
      return optimize({
        variables: { x: { bounds: [-10, 10] } },
        objective({ x }) {
          if (stop && ++count === 10) controller.abort();
          return x * x;
        },
        solver: cmaes({ population: 8 }),
        until: { generations: 10 },
      });
    };
    const dir = join(root, 'signal');
    const part = await run(counting(true), { dir, signal: controller.signal });
    assert.equal(part.stopped, 'signal');
    assert.equal(part.generations, 2);
    const whole = await run(counting(false), { dir, resume: true });
    assert.deepEqual(whole, await run(counting(false)));
  });
});
