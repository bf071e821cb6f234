/** comm.fortranHandle(): communicators for libraries of other languages. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildNative } from '../../src/internal/native-build.ts';
import { launch, layouts, ROOT } from '../harness/launch.ts';

const PROGRAMS = 'test/interop/programs';

function library(family: string): string {
  const compiler = `mpicc.${family}`;
  return buildNative({ name: `handle-${family}`, source: `${ROOT}${PROGRAMS}/handle.c`, compiler });
}

describe('the handle of a communicator, given to a C library', () => {
  for (const [fabric, n] of layouts([1, 3])) {
    it(`${n} on ${fabric}`, async () => {
      const args = fabric === 'openmpi' || fabric === 'mpich' ? [library(fabric)] : [];
      const { code, stdout, all } = await launch(fabric, n, `${PROGRAMS}/handle.ts`, args);
      assert.equal(code, 0, all);
      assert.equal(stdout, 'ok\n', all);
    });
  }
});
