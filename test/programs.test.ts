/** Runs every program of test/programs on every fabric at several rank counts. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { launch, layouts, ROOT } from './harness/launch.ts';

// Threads reduce otherwise among more than 8.
const LAYOUTS = layouts([1, 2, 3, 4, 5, 8], [9]);

for (const file of readdirSync(`${ROOT}test/programs`).sort()) {
  describe(file, () => {
    for (const [fabric, n] of LAYOUTS) {
      it(`${n} on ${fabric}`, async () => {
        const { code, all } = await launch(fabric, n, `test/programs/${file}`);
        assert.equal(code, 0, all);
        assert.match(all, /^ok \d+ cases$/m);
        assert.doesNotMatch(all, /warning|WARNING/, all);
      });
    }
  });
}
