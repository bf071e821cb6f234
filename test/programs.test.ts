/** Runs every program of test/programs on every fabric at several rank counts. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { launch, layouts, ROOT } from './harness/launch.ts';

const COUNTS = [1, 2, 3, 4, 5, 8];
/** Processes of MPICH poll without end: eight of them on two cores take minutes, and four say nothing that three and five do not. */
const LAYOUTS = layouts(COUNTS).filter(([fabric, n]) => fabric !== 'mpich' || [1, 2, 3, 5].includes(n));

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
