/** What a user sees when a rank leaves others waiting for a mutex or a turn. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launch, type FabricName } from '../harness/launch.ts';

const PROGRAM = 'test/failures/programs/sync.ts';
const FABRICS: FabricName[] = ['threads', 'openmpi', 'mpich'];

describe('a mutex', () => {
  for (const fabric of FABRICS) {
    it(`a rank that dies with it ends those who wait: ${fabric}`, async () => {
      const { code, stderr } = await launch(fabric, 3, PROGRAM, ['dies']);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /rank 1: RangeError: this rank ends/);
      assert.match(stderr, /sync\.ts:14:/);
    });
  }
  it('one that a rank keeps when it ends is a deadlock over threads', async () => {
    const { code, stderr } = await launch('threads', 3, PROGRAM, ['keeps']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /deadlock: 2 ranks wait/);
    assert.match(stderr, /rank 0 {2}has ended/);
    assert.match(stderr, /rank 1 {2}Mutex\.acquire from rank 0, .*on world\/mutex +at .*sync\.ts:30:/);
    assert.match(
      stderr,
      /rank 2 {2}Sequential\.begin from rank 1, .*on world\/sequential +at .*sync\.ts:31:/,
    );
  });
  it('it is not recursive, and the refusal tells the line', async () => {
    const { code, stderr } = await launch('threads', 2, PROGRAM, ['again']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /rank 0: MpiError: Mutex\.acquire on rank 0: .* already: .* \(ERR_RMA_SYNC\)/);
    assert.match(stderr, /sync\.ts:36:/);
  });
});
