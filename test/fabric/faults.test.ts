import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { FAULTS, Faults, faultsOf, identify } from '../../src/fabric/mpi/faults.ts';

const OPEN_MPI = 'Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022';
const MPICH = 'MPICH Version:\t4.0.2';

describe('known faults of MPI libraries', () => {
  it('a library is known by what it says of itself', () => {
    assert.deepEqual(identify(OPEN_MPI), { library: 'openmpi', release: '4.1.4' });
    assert.deepEqual(identify(MPICH), { library: 'mpich', release: '4.0.2' });
    assert.equal(identify('Intel(R) MPI Library 2021.9 for Linux* OS'), undefined);
  });

  it('a fault ends with the release that mends it', () => {
    const has = (library: 'openmpi' | 'mpich', release: string, name: string) =>
      faultsOf(library, release).some((fault) => fault.name === name);
    assert.ok(has('mpich', '4.0.2', 'unsigned-order'));
    assert.ok(!has('mpich', '4.0.3', 'unsigned-order'));
    assert.ok(!has('mpich', '4.0.10', 'unsigned-order'), 'releases are numbers, not text');
    assert.ok(!has('mpich', '3.3.2', 'unsigned-order'));
    assert.ok(has('openmpi', '4.1.0', 'file-read-sieving'));
    assert.ok(!has('openmpi', '4.1.5', 'file-read-sieving'));
    assert.ok(has('openmpi', '5.0.8', 'sum-saturates'), 'not mended yet');
    assert.ok(!has('mpich', '4.1', 'sum-saturates'));
  });

  it("settings are made, and the user's own stay", () => {
    const env: NodeJS.ProcessEnv = { OMPI_MCA_btl_self_flags: '5' };
    new Faults(OPEN_MPI).applySettings(env);
    assert.equal(env.OMPI_MCA_btl_self_flags, '5');
    assert.equal(env.OMPI_MCA_osc_rdma_priority, '90');
    assert.equal(env.MPIR_CVAR_ENABLE_YAKSA_REDUCTION, undefined);
    const none: NodeJS.ProcessEnv = {};
    new Faults('Some MPI 1.0').applySettings(none);
    assert.deepEqual(none, {});
  });

  it('the page repeats the table', () => {
    const page = readFileSync(new URL('../../docs/known-faults.md', import.meta.url), 'utf8');
    for (const { calls, fault, instead, upstream } of FAULTS)
      for (const text of [calls, fault, instead, upstream]) assert.ok(page.includes(text), text);
  });
});
