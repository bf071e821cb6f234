/** The examples of grids say the same on every fabric and layout. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launch, type FabricName } from '../harness/launch.ts';

const EXAMPLES: Readonly<Record<string, RegExp>> = {
  'diffusion.ts': /^hottest 0\.3\d+; heat is kept: true$/,
  'wave.ts': /^loudness 20\.\d+; the mean is kept: true$/,
  'gray-scott.ts': /^v from \d\.\d+e-\d+ to 0\.\d+$/,
};
const LAYOUTS: readonly [FabricName, number][] = [
  ['solo', 1],
  ['threads', 4],
  ['openmpi', 3],
  ['mpich', 2],
];

for (const [example, expected] of Object.entries(EXAMPLES)) {
  describe(example, () => {
    let said: string | undefined;
    for (const [fabric, n] of LAYOUTS) {
      it(`${n} on ${fabric}`, async () => {
        const { code, stdout, all } = await launch(fabric, n, `examples/grid/${example}`);
        assert.equal(code, 0, all);
        assert.match(stdout.trim(), expected);
        said ??= stdout;
        assert.equal(stdout, said);
      });
    }
  });
}
