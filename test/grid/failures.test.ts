/** Ranks of a grid that do not do the same, or are no more: the job ends and says why, on every fabric. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launch, type FabricName } from '../harness/launch.ts';

const PROGRAM = 'test/grid/programs/fail.ts';
const FABRICS: FabricName[] = ['threads', 'openmpi', 'mpich'];

for (const fabric of FABRICS) {
  describe(fabric, () => {
    for (const exchange of ['auto', 'messages']) {
      it(`an error on one rank ends those that wait for its halos, ${exchange}`, async () => {
        const { code, stderr } = await launch(fabric, 3, PROGRAM, ['throws', exchange]);
        assert.equal(code, 1, stderr);
        assert.match(stderr, /rank 1: TypeError: rank 1 has had enough/);
      });
      it(`different kernels are told apart, ${exchange}`, async () => {
        const { code, stderr } = await launch(fabric, 2, PROGRAM, ['kernels', exchange]);
        assert.equal(code, 1, stderr);
        assert.match(
          stderr,
          /GridError: rank [01] exchanges halos for '(smooth|sharpen)', its launch 2[12]; rank [01] for '(smooth|sharpen)', its launch 2[12]/,
        );
      });
    }
    it('so is a kernel that needs nothing of others, where they have one that does', async () => {
      const { code, stderr } = await launch(fabric, 2, PROGRAM, ['alone']);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /for 'smooth', its launch 2[12]; rank [01] for 'smooth', its launch 2[12]/);
    });
    it('so are different fields', async () => {
      const { code, stderr } = await launch(fabric, 2, PROGRAM, ['fields']);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /all ranks must make the same launches with the same fields/);
    });
    it('so are different grids, before any of them is made', async () => {
      const { code, stderr } = await launch(fabric, 2, PROGRAM, ['grids']);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /GridError: architecture: rank 0 gives .*\[40,40\].*, rank 1 gives .*\[40,41\]/);
    });
    // A thread cannot be killed without its process.
    if (fabric !== 'threads')
      it('a rank that is killed between two exchanges ends the job', async () => {
        const { code, all } = await launch(fabric, 3, PROGRAM, ['killed']);
        assert.notEqual(code, 0, all);
      });
  });
}
