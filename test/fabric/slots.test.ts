/** What ranks show each other in collectives over threads is never taken for something else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launch } from '../harness/launch.ts';

describe('slots', () => {
  for (const n of [2, 3, 5]) {
    it(`${n} ranks, calls that follow each other at once on two communicators`, async () => {
      const { code, all } = await launch('threads', n, 'test/fabric/programs/bursts.ts');
      assert.equal(code, 0, all);
    });
  }
});
