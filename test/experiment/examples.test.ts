/** The examples of experiments say the same on every fabric. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launch, layouts } from '../harness/launch.ts';

const EXPECTED: Record<string, RegExp> = {
  rosenbrock: /^minimum at 1\.000000, 1\.000000$/,
  'fit-a-line': /^slope {2}2\.00 ± 0\.04\noffset 1\.1 ± 0\.2$/,
  // By quadrature 0.30755 ± 0.00698; a hundred samples tell it to a tenth of that.
  heat: /^conductivity 0\.30[6-9] ± 0\.00[678], truth 0\.300$/,
  'five-share': /^1\.00 2\.00 3\.00 4\.00 5\.00$/,
  external: /^minimum near 1\.0, -2\.0$/,
};

describe('the examples', () => {
  for (const [fabric, n] of layouts([3]))
    it(`${n} on ${fabric}`, async () => {
      const { code, stdout, all } = await launch(fabric, n, 'test/experiment/programs/examples.ts');
      assert.equal(code, 0, all);
      const said = stdout.split(/^# (.*)\n/m).slice(1);
      assert.deepEqual(
        said.filter((_, i) => i % 2 === 0),
        Object.keys(EXPECTED),
        all,
      );
      Object.values(EXPECTED).forEach((expected, i) => {
        assert.match(said[2 * i + 1]!.trim(), expected);
      });
    });
  it('a model that is parallel itself: heat on 9 threads', async () => {
    const { code, stdout, all } = await launch('threads', 9, 'examples/experiments/heat.ts');
    assert.equal(code, 0, all);
    assert.match(stdout.trim(), EXPECTED.heat!);
  });
});
