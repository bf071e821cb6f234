/** Messages of more than 2^31 − 1 bytes and elements. They need 14 GiB; a machine with less fails here and says so. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { launch } from '../harness/launch.ts';

const NEEDED_GIB = 14;
/** Blocks of three ranks that are together more than 2^31 − 1 bytes, and not by themselves (MPICH 4.0 crashes). */
const THREE = ['scatter3', 'gather3', 'iscatter3'];
const CASES = [
  ...['value', 'memory', 'requests', 'exchange'],
  ...['bcast', 'reduce', 'allreduce', 'allgather', 'alltoall'],
  ...['gatherv', 'scatterv', 'allgatherv', 'alltoallv', 'block'],
];

before(() => {
  const available = Number(/MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))![1]) / 2 ** 20;
  const needs = `these tests need ${NEEDED_GIB} GiB of memory; ${available.toFixed(1)} GiB are available`;
  assert.ok(available >= NEEDED_GIB, needs);
});

for (const fabric of ['openmpi', 'mpich'] as const) {
  describe(`blocks of three ranks, together more than 2^31 - 1 bytes: ${fabric}`, () => {
    for (const name of THREE) {
      it(name, async () => {
        const script = 'test/large/programs/three.ts';
        const { code, all } = await launch(fabric, 3, script, [name], { timeOutMs: 600_000 });
        assert.equal(code, 0, all);
        assert.equal([...all.matchAll(/^ok$/gm)].length, 3, all);
      });
    }
  });
}

for (const fabric of ['threads', 'openmpi', 'mpich'] as const) {
  it(`values of collectives, together and by themselves more than 4 GiB: ${fabric}`, async () => {
    const script = 'test/large/programs/values.ts';
    const { code, all } = await launch(fabric, 3, script, [], { timeOutMs: 600_000 });
    assert.equal(code, 0, all);
    assert.match(all, /^ok$/m);
  });
  describe(`more than 2^31 - 1 elements: ${fabric}`, () => {
    for (const name of CASES) {
      it(name, async () => {
        const script = 'test/large/programs/large.ts';
        const { code, all } = await launch(fabric, 2, script, [name, fabric], { timeOutMs: 600_000 });
        assert.equal(code, 0, all);
        const peaks = [...all.matchAll(/^ok, peak ([\d.]+) GiB$/gm)].map(([, gib]) => Number(gib));
        assert.equal(peaks.length, 2, all);
        // Threads are one process, and each of them tells the peak of both.
        const peak = fabric === 'threads' ? Math.max(...peaks) : peaks[0]! + peaks[1]!;
        assert.ok(peak < NEEDED_GIB, `${peak} GiB`);
      });
    }
  });
}
