/** Ranks give their core away while they wait. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { start } from '../harness/launch.ts';

it('the core can be yielded, and nothing is said of it', async () => {
  const program = "console.log((await import('./src/internal/yield.ts')).yielder()())";
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  assert.equal((await start(process.execPath, args)).all, 'true\n');
});
