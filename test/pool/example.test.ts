/** The example prints the same in every mode, over every fabric. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LAYOUTS, launchPool } from './modes.ts';

// The logistic map is stable up to r = 3, then doubles its period at 3, 3.449, 3.544; at 3.83 it has the cycle of three (May 1976).
const EXPECTED = `r = 2.5: a cycle of length 1
r = 3.2: a cycle of length 2
r = 3.5: a cycle of length 4
r = 3.55: a cycle of length 8
r = 3.83: a cycle of length 3
all workers agree that the mean is 500: true
`;

describe('pool-study', () => {
  for (const layout of LAYOUTS) {
    it(layout.name, async () => {
      const { code, stdout, stderr } = await launchPool(layout, 'examples/pool-study/main.ts');
      assert.equal(code, 0, stderr);
      assert.equal(stdout, EXPECTED);
      assert.equal(stderr, '');
    });
  }
});
