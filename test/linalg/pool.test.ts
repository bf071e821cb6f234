/** The same eigenvalues however a program is started: the workers of any pool solve. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launchPool, LAYOUTS } from '../pool/modes.ts';

describe('eigh on a pool', () => {
  for (const layout of LAYOUTS) {
    it(layout.name, async () => {
      const { code, stdout, all } = await launchPool(layout, 'test/linalg/programs/pooled.ts');
      assert.equal(code, 0, all);
      assert.equal(stdout.trim(), '-5.387390917 -5.031543404 -5.031543404 -5.031543404 -4.777389334', all);
    });
  }
});
