/** Runs every program of test/programs on every fabric at several rank counts. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { launch, layouts, ROOT, type FabricName } from './harness/launch.ts';

// Threads reduce otherwise among more than 8.
const LAYOUTS = layouts([1, 2, 3, 4, 5, 8], [9]);
const PROGRAMS = readdirSync(`${ROOT}test/programs`)
  .filter((file) => file.endsWith('.ts') && file !== 'all.ts')
  .sort();

/** Programs of linear algebra with thousands of reductions, in each of which processes poll. */
const MANY_REDUCTIONS = ['linalg.ts', 'linalg-systems.ts'];

/**
 * Programs that run at so many ranks and no more: their subject asks for no more (linear algebra), or other tests see to more (grids on 6 and 9), and with processes that
 * share two cores each rank more costs minutes.
 */
function suits(program: string, fabric: FabricName, n: number): boolean {
  const process = fabric !== 'threads';
  if (program.startsWith('linalg')) return n <= (process && MANY_REDUCTIONS.includes(program) ? 3 : 4);
  return !program.startsWith('grid') || !process || n <= 4;
}

/** Takes the place of a program where all have passed and the job has not. */
const END = 'the end of the job';

/** What became of all programs on one layout. */
interface Verdicts {
  /** The output of each that passed. */
  readonly passed: Map<string, string>;
  /** The output of each that did not. */
  readonly failed: Map<string, string>;
  /** What the jobs have printed. */
  all: string;
}

/** Runs them in one job; a program that fails ends it, and those behind it get another one. */
async function runAll(fabric: FabricName, n: number, programs: readonly string[]): Promise<Verdicts> {
  const verdicts: Verdicts = { passed: new Map(), failed: new Map(), all: '' };
  let rest = programs;
  while (rest.length > 0) {
    let all: string;
    let code: number | null = 1;
    try {
      ({ code, all } = await launch(fabric, n, 'test/programs/all.ts', rest, {
        timeOutMs: 300_000,
        sinceOutput: true,
      }));
    } catch (error) {
      all = String(error); // it took too long, or left processes behind
    }
    verdicts.all += all;
    for (const name of rest) {
      const output = all.split(`begins: ${name}\n`)[1]?.split(/^begins: /m)[0];
      if (output?.includes(`passed: ${name}\n`)) verdicts.passed.set(name, output);
      else break;
    }
    rest = rest.filter((name) => !verdicts.passed.has(name));
    if (rest.length > 0 || code !== 0) verdicts.failed.set(rest[0] ?? END, all);
    rest = rest.slice(1);
  }
  return verdicts;
}

for (const [fabric, n] of LAYOUTS) {
  describe(`programs, ${n} on ${fabric}`, () => {
    let running: Promise<Verdicts> | undefined;
    const programs = PROGRAMS.filter((program) => suits(program, fabric, n));
    const verdicts = () => (running ??= runAll(fabric, n, programs));
    it('all end well, in one job, and leave nothing behind', async () => {
      const { failed, all } = await verdicts();
      assert.equal(failed.get(END), undefined);
      assert.doesNotMatch(all, /warning|WARNING/, all);
    });
    for (const name of programs) {
      it(name, async () => {
        const { passed, failed } = await verdicts();
        assert.equal(failed.get(name), undefined);
        assert.match(passed.get(name) ?? 'it was not reached', /^ok \d+ cases$/m);
      });
    }
  });
}
