/** What happens when non-blocking collectives go wrong, as a user would see it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launch, type FabricName } from '../harness/launch.ts';

const PROGRAM = 'test/failures/programs/nonblocking.ts';
const FABRICS: FabricName[] = ['threads', 'openmpi', 'mpich'];

describe('over threads', () => {
  it('another order: both calls and both lines', async () => {
    const { code, stderr } = await launch('threads', 3, PROGRAM, ['order']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /ERR_MISMATCH/);
    assert.match(stderr, /ibarrier/);
    assert.match(stderr, /iallreduce/);
    assert.match(stderr, /nonblocking\.ts:10:.*nonblocking\.ts:10:/);
  });
  it('a blocking call does not match a non-blocking one', async () => {
    const { code, stderr } = await launch('threads', 3, PROGRAM, ['kinds']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /ERR_MISMATCH/);
    assert.match(stderr, /\bbcast \(root 0\)/);
    assert.match(stderr, /\bibcast \(root 0\)/);
  });
  it('a rank that does not come: who waits where', async () => {
    const { code, stderr } = await launch('threads', 3, PROGRAM, ['absent']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /deadlock: 2 ranks wait/);
    assert.match(stderr, /rank 0 {2}has ended/);
    assert.match(stderr, /rank 2 {2}Iallreduce on world +at .*failures\/programs\/nonblocking\.ts:16:/);
  });
  it('what was left behind is listed', async () => {
    const { code, stderr } = await launch('threads', 3, PROGRAM, ['left']);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /warning: rank 1 {2}never completed: iallgather on world at .*nonblocking\.ts:18:/);
    assert.match(stderr, /warning: rank 0 {2}never received: \d+ bytes from rank 0, tag 3 on world/);
    assert.equal(stderr.match(/warning/g)?.length, 2, stderr);
  });
});

for (const fabric of FABRICS) {
  it(`an operation that throws ends the job on ${fabric}`, async () => {
    const { code, stderr } = await launch(fabric, 3, PROGRAM, ['throws']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /rank \d: RangeError: no sum today/);
    assert.match(stderr, /nonblocking\.ts:24:/);
  });
}
