/** The same eigenvalues however a program is started: the workers of any pool solve. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launchPool, LAYOUTS } from '../pool/modes.ts';

describe('eigh on a pool', () => {
  for (const layout of LAYOUTS) {
    it(layout.name, async () => {
      const { code, stdout, all } = await launchPool(layout, 'test/linalg/programs/pooled.ts');
      assert.equal(code, 0, all);
      assert.equal(stdout.trim(), '-5.387390917 -5.031543404 -5.031543404 -5.031543404 -4.777389334', all);
    });
  }
});

describe('eigh by SLEPc on a pool', () => {
  const program = 'test/linalg/programs/pooled-slepc.ts';
  const right = 'slepc 4 1024 -4.51544635 -4.09220735 -4.09220735 -4.09220735';
  it('starts workers of its MPI', async () => {
    const layout = { mode: 'spawn', name: '', args: [], env: { FLOTILLA_POOL: 'spawn' } } as const;
    const { code, stdout, all } = await launchPool(layout, program);
    assert.equal(code, 0, all);
    assert.equal(stdout.trim(), right, all);
  });
  it('solves on the other ranks of a job', async () => {
    const layout = LAYOUTS.find(({ name }) => name === 'futures, 3 ranks over openmpi')!;
    const { stdout, all } = await launchPool(layout, program);
    assert.equal(stdout.trim(), right, all);
  });
  it('is refused over threads, and on workers of another MPI', async () => {
    const threads = await launchPool({ mode: 'threads', name: '', args: [] }, program);
    assert.match(threads.stdout, /^ERR_BACKEND .*flotilla run --mpi=openmpi/, threads.all);
    const env = { FLOTILLA_POOL: 'spawn', FLOTILLA_MPI: 'mpich' };
    const mpich = await launchPool({ mode: 'spawn', name: '', args: [], env }, program);
    assert.match(
      mpich.stdout,
      /^ERR_BACKEND .*built with Open MPI, and these ranks are of MPICH.*FLOTILLA_MPI=openmpi/,
      mpich.all,
    );
  });
});
