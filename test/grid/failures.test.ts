/** Ranks of a grid that do not do the same, or are no more: the job ends and says why, on every fabric. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launch, launchJobs } from '../harness/launch.ts';

const PROGRAM = 'test/grid/programs/fail.ts';
const ENDS = /rank 1: TypeError: rank 1 has had enough/;
const KERNELS =
  /GridError: rank [01] exchanges halos for '(smooth|sharpen)', its launch 2[12]; rank [01] for '(smooth|sharpen)', its launch 2[12]/;

/** Arguments, ranks, what is said. Threads do all in one process; launchers of MPI start slowly, so each family has its part. */
const CASES = {
  'an error on one rank ends those that wait for its halos in memory': [3, 'throws auto', ENDS],
  'an error on one rank ends those that wait for its messages': [3, 'throws messages', ENDS],
  'different kernels are told apart, through memory': [2, 'kernels auto', KERNELS],
  'different kernels are told apart, by messages': [2, 'kernels messages', KERNELS],
  'a kernel that needs nothing of others is told apart from one that does': [
    2,
    'alone',
    /for 'smooth', its launch 2[12]; rank [01] for 'smooth', its launch 2[12]/,
  ],
  'different fields are told apart': [
    2,
    'fields',
    /all ranks must make the same launches with the same fields/,
  ],
  'different grids are told apart before any of them is made': [
    2,
    'grids',
    /GridError: architecture: rank 0 gives .*\[40,40\].*, rank 1 gives .*\[40,41\]/,
  ],
} as const satisfies Readonly<Record<string, readonly [number, string, RegExp]>>;
const OPEN_MPI = ['throws auto', 'kernels messages', 'alone'];

it('threads: all of them, in one process', async () => {
  const cases = Object.entries(CASES);
  const ended = await launchJobs(
    cases.map(([, [n, args]]) => ({ n, script: PROGRAM, args: args.split(' ') })),
  );
  cases.forEach(([name, [, , says]], i) => {
    assert.equal(ended[i]!.code, 1, `${name}: ${ended[i]!.stderr}`);
    assert.match(ended[i]!.stderr, says, name);
  });
});

for (const fabric of ['openmpi', 'mpich'] as const) {
  describe(fabric, () => {
    for (const [name, [n, args, says]] of Object.entries(CASES))
      if (OPEN_MPI.includes(args) === (fabric === 'openmpi'))
        it(name, async () => {
          const { code, stderr } = await launch(fabric, n, PROGRAM, args.split(' '));
          assert.equal(code, 1, stderr);
          assert.match(stderr, says);
        });
    // A thread cannot be killed without its process.
    it('a rank that is killed between two exchanges ends the job', async () => {
      const { code, all } = await launch(fabric, 3, PROGRAM, ['killed']);
      assert.notEqual(code, 0, all);
    });
  });
}
