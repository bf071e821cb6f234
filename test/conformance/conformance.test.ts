/** Runs the cases of MPICH's test suite on every fabric and writes what came of it to docs/conformance.md. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { launch, layouts } from '../harness/launch.ts';
import { Findings } from './findings.ts';

const LAYOUTS = layouts([1, 2, 3, 4, 5, 8]);
const PROGRAM = 'test/conformance/program.ts';

describe('cases of MPICH', () => {
  const findings = new Findings(LAYOUTS);
  let seen = 0;

  for (const [fabric, n] of LAYOUTS) {
    it(`${n} on ${fabric}`, async () => {
      const failures: string[] = [];
      for (;;) {
        // A case that fails ends the job: the others go on without it.
        const failed = findings.failed(fabric, n);
        const { code, stdout, all } = await launch(fabric, n, PROGRAM, failed, { timeOutMs: 300_000 });
        const culprit = findings.take(fabric, n, stdout);
        if (culprit === undefined) {
          assert.equal(code, 0, all);
          break;
        }
        failures.push(`${culprit}:\n${all.slice(all.indexOf(`begins: ${culprit}`))}`);
      }
      seen++;
      assert.equal(failures.length, 0, failures.join('\n'));
    });
  }

  after(async () => {
    if (seen === LAYOUTS.length) await findings.write();
  });
});
