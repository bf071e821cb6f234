/** Programs of grids on 6 and 9 ranks of MPI, which other programs are not started on. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { launch, type FabricName } from '../harness/launch.ts';

const LAYOUTS: readonly [FabricName, number][] = [
  ['threads', 6],
  ['openmpi', 9],
  ['mpich', 6],
];
for (const [fabric, n] of LAYOUTS) {
  it(`${n} on ${fabric}`, async () => {
    const { code, all } = await launch(fabric, n, 'test/programs/all.ts', ['grid.ts', 'grid-random.ts'], {
      timeOutMs: 300_000,
    });
    assert.equal(code, 0, all);
    assert.match(all, /passed: grid-random.ts/);
  });
}
