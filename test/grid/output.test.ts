/** Series, checkpoints and pictures that all ranks write, read back by others and at other rank counts. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { decode } from 'fast-png';
import * as zarr from 'zarrita';
import { FileSystemStore } from '@zarrita/storage';
import { launch, type FabricName } from '../harness/launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'grid-output-'));
after(() => rmSync(folder, { recursive: true }));

async function step(name: string, fabric: FabricName, n: number, last: number): Promise<string> {
  const { code, stdout, all } = await launch(fabric, n, 'test/grid/programs/output.ts', [
    join(folder, name),
    String(last),
  ]);
  assert.equal(code, 0, all);
  return stdout.trim();
}

it('a run that was interrupted goes on with the same bits at other rank counts and fabrics', async () => {
  const whole = await step('alone', 'solo', 1, 60);
  assert.match(whole, /^from 0, 6 steps, /);
  await step('moved', 'openmpi', 4, 20);
  const [, bits] = whole.split('steps, ');
  assert.match(await step('moved', 'mpich', 6, 40), /^from 20, 4 steps, /);
  assert.equal(await step('moved', 'threads', 3, 60), `from 40, 6 steps, ${bits!}`);
});

it('zarrita reads all steps, the same of one rank and of many, with coordinates and times', async () => {
  const read = async (name: string, array: string) => {
    const store = new FileSystemStore(join(folder, name, 'run.zarr'));
    const opened = await zarr.open.v3(zarr.root(store).resolve(array), { kind: 'array' });
    const { data, shape } = await zarr.get(opened);
    assert.ok(data instanceof Float64Array);
    return { data, shape };
  };
  for (const [array, shape] of [
    ['p', [6, 24, 30]],
    ['v.x', [6, 24, 31]],
    ['v.y', [6, 24, 30]],
  ] as const) {
    const alone = await read('alone', array);
    assert.deepEqual(alone.shape, shape);
    assert.deepEqual(await read('moved', array), alone);
  }
  const [p, x, y] = [await read('moved', 'p'), await read('moved', 'x'), await read('moved', 'y')];
  for (let j = 0; j < 24; j++)
    for (let i = 0; i < 30; i++)
      assert.equal(p.data[30 * j + i], Math.exp(-20 * ((x.data[i]! - 0.4) ** 2 + (y.data[j]! - 0.5) ** 2)));
  assert.deepEqual((await read('moved', 'step')).data, Float64Array.of(0, 10, 20, 30, 40, 50));
  assert.deepEqual((await read('moved', 'time')).data, Float64Array.of(0, 0.1, 0.2, 0.3, 0.4, 0.5));
  assert.equal((await read('moved', 'x_vertex')).shape[0], 31);
});

it('a picture has a pixel a point, the same from any number of ranks', () => {
  const [alone, moved] = ['alone', 'moved'].map((name) => decode(readFileSync(join(folder, name, 'p.png'))));
  assert.deepEqual([alone!.width, alone!.height, alone!.channels], [30, 24, 3]);
  assert.deepEqual(moved!.data, alone!.data);
  assert.ok(new Set(alone!.data).size > 50);
});
