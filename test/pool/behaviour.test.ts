/** The program of test/pool/programs/behaviour.ts in every mode, over every fabric. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LAYOUTS, launchPool } from './modes.ts';

describe('pool', () => {
  for (const layout of LAYOUTS) {
    it(layout.name, async () => {
      const { code, all, stderr } = await launchPool(layout, 'test/pool/programs/behaviour.ts');
      assert.equal(code, 0, all);
      assert.match(all, /^ok \d+ cases$/m);
      assert.equal(stderr, '', all);
    });
  }
});
