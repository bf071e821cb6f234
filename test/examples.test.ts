/** The examples say what they should on every fabric. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { launch, layouts } from './harness/launch.ts';

const ring = (n: number) => `the token went ${[...Array(n).keys(), 0].join(' → ')}`;
const collatz = () => 'the longest sequence below 3001 starts at 2919 and takes 216 steps';

const EXAMPLES: Record<string, (n: number) => string> = {
  'hello.ts': (n) => [...Array(n).keys()].map((rank) => `hello from rank ${rank} of ${n} on HOST`).join('\n'),
  'tagged-messages.ts': (n) =>
    n < 2
      ? 'two ranks are needed: flotilla run -n 2 tagged-messages.ts'
      : 'rank 1 got learning rate 0.1, layers 64-32 from rank 0: that was all',
  'ring.ts': ring,
  'pi.ts': () => 'pi is about 3.1415926536, off by less than 1e-10: true',
  'overlap.ts': () => '78498 primes below 1000000, by last digit 1: 19617, 3: 19665, 7: 19621, 9: 19593',
  'halo-1d.ts': () => 'after 2000 steps the largest error is below 1e-5: true',
  'halo-2d.ts': () => 'after 500 steps the largest error is below 1e-12: true',
  'shared-counter.ts': () => '100 tasks, each done once; 3142 steps in all',
  'shared-array.ts': () => '78498 primes below 1000000; 999983 is one: true',
  'matrix-file.ts': () => '172800 bytes; column 77 is as it should be: true',
  'spin-ring.ts': () => '-5.387391 × 1\n-5.031543 × 3\n-4.777389 × 1\n-4.569374 × 4\nall copies found: true',
  'three-ways/split-managed.ts': collatz,
  'three-ways/map-unordered.ts': collatz,
};

for (const [example, expected] of Object.entries(EXAMPLES)) {
  describe(example, () => {
    for (const [fabric, n] of layouts([1, 2, 3])) {
      it(`${n} on ${fabric}`, async () => {
        const { code, stdout, stderr } = await launch(fabric, n, `examples/${example}`);
        assert.equal(code, 0, stderr);
        assert.equal(
          stdout.trim().replaceAll(/on \S+$/gm, 'on HOST'),
          expected(n).replaceAll(/on \S+$/gm, 'on HOST'),
        );
        assert.equal(stderr, '');
      });
    }
  });
}

describe('spawn.ts', () => {
  // MPICH cannot spawn over UCX before 4.2: test/programs/spawn.ts has what it says then.
  for (const [fabric, n] of layouts([1, 2]).filter(([fabric]) => fabric !== 'mpich')) {
    it(`${n} on ${fabric}`, async () => {
      const { code, stdout, stderr } = await launch(fabric, n, 'examples/spawn.ts');
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trim(), '1/1² + 1/2² + 1/3² + … is about 1.64493, π²/6 is 1.64493');
      assert.equal(stderr, '');
    });
  }
});

it('three-ways/serial.ts', async () => {
  const { stdout } = await launch('solo', 1, 'examples/three-ways/serial.ts');
  assert.equal(stdout.trim(), collatz());
});

describe('random-search', () => {
  const folder = mkdtempSync(join(tmpdir(), 'random-search-'));
  after(() => rmSync(folder, { recursive: true }));
  let scores: string | undefined;
  for (const [fabric, n] of layouts([1, 2, 3], [4, 5, 7])) {
    it(`evaluates each candidate once and finds the same best: ${n} on ${fabric}`, async () => {
      const out = join(folder, `${fabric}-${n}.csv`);
      const { code, all } = await launch(fabric, n, 'examples/random-search/main.ts', [
        '--candidates',
        '60',
        '--out',
        out,
      ]);
      assert.equal(code, 0, all);
      const rows = readFileSync(out, 'utf8').trim().split('\n').slice(1);
      assert.deepEqual(
        rows.map((row) => Number(row.split(',')[0])),
        [...Array(60).keys()],
      );
      // Everything but who computed it and how long that took.
      const here = rows.map((row) => row.split(',').slice(0, 6).join()).join('\n');
      scores ??= here;
      assert.equal(here, scores);
    });
  }
});
