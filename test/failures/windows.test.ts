/** What a user sees when windows are misused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launch, type FabricName } from '../harness/launch.ts';

const PROGRAM = 'test/failures/programs/window.ts';
const FABRICS: FabricName[] = ['threads', 'openmpi', 'mpich'];

describe('windows', () => {
  it('a lock that nobody gives back is a deadlock over threads', async () => {
    const { code, stderr } = await launch('threads', 2, PROGRAM, ['deadlock']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /deadlock: 2 ranks wait/);
    assert.match(stderr, /rank 0 {2}recv from rank 1, tag 2 on world +at .*window\.ts:12:/);
    assert.match(stderr, /rank 1 {2}lock\(0, exclusive\) on world\/window +at .*window\.ts:9:/);
  });
  it('so is a fence that one rank does not come to', async () => {
    const { code, stderr } = await launch('threads', 2, PROGRAM, ['fence']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /rank 0 {2}fence on world\/window +at .*window\.ts:16:/);
    assert.match(stderr, /rank 1 {2}barrier on world +at .*window\.ts:17:/);
  });
  for (const fabric of FABRICS) {
    it(`an access outside an epoch ends the job: ${fabric}`, async () => {
      const { code, stderr } = await launch(fabric, 2, PROGRAM, ['epoch']);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /rank 1: MpiError: put on rank 1: no epoch is open for the memory of rank 0/);
      assert.match(stderr, /ERR_RMA_SYNC/);
      assert.match(stderr, /window\.ts:20:/);
    });
  }
});
