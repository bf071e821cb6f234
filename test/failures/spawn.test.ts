/** Failures of spawned ranks and of those who spawned them, as a user would see them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { launch, type FabricName } from '../harness/launch.ts';

const PROGRAM = 'test/failures/programs/spawned.ts';
// MPICH cannot spawn over UCX before 4.2, see test/programs/spawn.ts.
const LAYOUTS: [FabricName, number][] = [
  ['solo', 1],
  ['threads', 2],
  ['openmpi', 1],
];

for (const [fabric, n] of LAYOUTS) {
  describe(`${n} on ${fabric} and what they spawn`, () => {
    for (const way of ['throw', 'await']) {
      it(`an error of a child ends all: ${way}`, async () => {
        const { code, stderr } = await launch(fabric, n, PROGRAM, [way]);
        assert.equal(code, 1, stderr);
        assert.match(stderr, /rank 1.*: TypeError: a child that fails\n +at .*spawned\.ts:26:\d+/);
      });
    }
    it('an error of a parent ends the children', async () => {
      const { code, stderr } = await launch(fabric, n, PROGRAM, ['parent']);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /RangeError: the parent has had enough/);
    });
    for (const [way, expected] of [
      ['exit', 3],
      ['abort', 5],
    ] as const) {
      it(`${way} of a child with ${expected} ends the job with it`, async () => {
        const { code, stderr } = await launch(fabric, n, PROGRAM, [way]);
        assert.equal(code, expected, stderr);
        assert.match(stderr, /rank 1 /);
      });
    }
  });
}

describe('what threads check between parents and children', () => {
  for (const [fabric, n] of LAYOUTS.slice(0, 2)) {
    it(`more ranks in the course of a job than it could have at a time on ${fabric}`, async () => {
      const { code, all } = await launch(fabric, n, PROGRAM, ['many']);
      assert.equal(code, 0, all);
      assert.match(all, /all spawned/);
      assert.doesNotMatch(all, /warning/);
    });
    it(`a deadlock on ${fabric}`, async () => {
      const { code, stderr } = await launch(fabric, n, PROGRAM, ['deadlock']);
      assert.equal(code, 1, stderr);
      assert.match(stderr, new RegExp(`deadlock: ${n + 2} ranks wait`));
      assert.match(stderr, /rank 0 +recv from rank 1, tag 9 on world\/spawn +at .*spawned\.ts:18:/);
      assert.match(stderr, /rank 0 of spawn 1 +recv from rank 1, tag 8 on world +at .*spawned\.ts:41:/);
      assert.match(stderr, /rank 1 of spawn 1 +recv from rank 0, tag 7 on parent +at .*spawned\.ts:38:/);
    });
    it(`what is left behind on ${fabric}`, async () => {
      const { code, stderr } = await launch(fabric, n, PROGRAM, ['leftovers']);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /warning: .*never received: \d+ bytes from rank 1, tag 4 on world\/spawn/);
    });
    it(`more than there is room for on ${fabric}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'spawn-'));
      after(() => rmSync(folder, { recursive: true }));
      const script = join(folder, 'greedy.mjs');
      const home = new URL('../../dist/index.js', import.meta.url).href;
      writeFileSync(script, `import { world } from '${home}'; world().spawn('${script}', [], 1000);`);
      const { code, stderr } = await launch(fabric, n, script);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /1000 more ranks do not fit.*room for 60 spawned ranks.*ERR_SPAWN/);
    });
    it(`a script that cannot be run on ${fabric}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'spawn-'));
      after(() => rmSync(folder, { recursive: true }));
      writeFileSync(join(folder, 'broken.ts'), 'const x = ;\n');
      const script = join(folder, 'spawner.ts');
      writeFileSync(
        script,
        `import { world } from 'flotilla';\nworld().spawn(new URL('broken.ts', import.meta.url));\n`,
      );
      const { code, stderr } = await launch(fabric, n, script);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /MpiError: spawn on rank \d: the script cannot be run[^]*broken\.ts:1:10/);
    });
  }
});
