/** Grids on GPUs: on Mesa's software GPU through OpenGL ES, which proves answers and not speed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { launch, type FabricName } from '../harness/launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-gpu-'));
const env = { EGL_PLATFORM: 'surfaceless' };
after(() => rmSync(folder, { recursive: true }));

const LAYOUTS: readonly [FabricName, number][] = [
  ['solo', 1],
  ['threads', 2],
  ['threads', 4],
  ['openmpi', 2],
  ['mpich', 2],
];
describe('grids on a GPU', () => {
  for (const [fabric, n] of LAYOUTS)
    it(`${n} on ${fabric}`, async () => {
      const { code, stdout, all } = await launch(fabric, n, 'test/grid/programs/gpu.ts', [folder], { env });
      assert.equal(code, 0, all);
      assert.equal(stdout.trim(), 'as by WebAssembly');
    });

  it('the example says the same by WebAssembly and on GPUs', async () => {
    const example = 'examples/grid/diffusion-gpu.ts';
    for (const [fabric, n, engine] of [
      ['solo', 1, 'wasm'],
      ['threads', 2, 'gpu'],
    ] as const) {
      const { code, stdout, all } = await launch(fabric, n, example, ['--engine', engine], { env });
      assert.equal(code, 0, all);
      assert.equal(stdout.trim(), 'mean 0.4994, hottest 1.0000');
    }
  });
});
