/** What happens when things go wrong: every line of the table of failures, as a user would see it. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Job } from '../harness/jobs.ts';
import { CLI, launch, launchJobs, start, type FabricName } from '../harness/launch.ts';

const PROGRAMS = 'test/failures/programs';
const FABRICS: FabricName[] = ['threads', 'openmpi', 'mpich'];

for (const fabric of FABRICS) {
  describe(fabric, () => {
    for (const others of ['recv', 'collective', 'compute', 'await']) {
      it(`an uncaught error ends all ranks, the others in ${others}`, async () => {
        const { code, stderr } = await launch(fabric, 3, `${PROGRAMS}/fail.ts`, ['throw', others]);
        assert.equal(code, 1, stderr);
        assert.match(stderr, /rank 1: TypeError: Cannot read properties of undefined/);
        assert.match(stderr, /fail\.ts:21:\d+/);
      });
    }
    it('so does a rejected promise', async () => {
      const { code, stderr } = await launch(fabric, 3, `${PROGRAMS}/fail.ts`, ['reject', 'recv']);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /rank 1: RangeError: rejected/);
    });
    it('so does anything else that is thrown', async () => {
      const { code, stderr } = await launch(fabric, 3, `${PROGRAMS}/fail.ts`, ['text', 'recv']);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /rank 1: .*only words/);
    });
    for (const [way, expected] of [
      ['exit', 3],
      ['abort', 5],
    ] as const) {
      it(`${way} with ${expected} ends the job with it`, async () => {
        const { code, stderr } = await launch(fabric, 3, `${PROGRAMS}/fail.ts`, [way, 'recv']);
        assert.equal(code, expected, stderr);
        assert.match(stderr, /rank 1|MPI_Abort|MPI_ABORT/);
      });
    }
    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      it(`${signal} to the launcher ends all`, async () => {
        let seen = '';
        const onOutput = (text: string, kill: (signal: NodeJS.Signals) => void) => {
          seen += text;
          if ((seen.match(/runs/g) ?? []).length === 3) kill(signal);
        };
        const { code, all } = await launch(fabric, 3, `${PROGRAMS}/forever.ts`, [], { onOutput });
        assert.equal(code, expected, all);
      });
    }
  });
}

describe('deadlocks over threads', () => {
  const report = async (way: string) => {
    const { code, stderr } = await launch('threads', 3, `${PROGRAMS}/deadlock.ts`, [way]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /deadlock: /);
    return stderr;
  };
  it('a cycle of receives', async () => {
    const text = await report('cycle');
    for (const rank of [0, 1, 2]) {
      assert.match(
        text,
        new RegExp(
          `rank ${rank}  recv from rank ${(rank + 1) % 3}, tag 5 on world +at test/failures/programs/deadlock.ts:8:\\d+`,
        ),
      );
    }
  });
  it('sends that nobody receives', async () => {
    assert.match(
      await report('rendezvous'),
      /rank 0 {2}Send to rank 1, tag 7 on world +at .*deadlock\.ts:9:/,
    );
  });
  it('a rank that has ended', async () => {
    const text = await report('ended');
    assert.match(text, /rank 0 {2}Recv from rank 1, tag 2 on world +at .*deadlock\.ts:10:/);
    assert.match(text, /rank 1 {2}has ended/);
  });
  it('awaited receives', async () => {
    assert.match(await report('await'), /rank 2 {2}irecv from rank 0, tag 6 on world +at .*deadlock\.ts:11:/);
  });
  it('a rank that does not come to a collective', async () => {
    const text = await report('absent');
    assert.match(text, /rank 0 {2}barrier on world +at .*deadlock\.ts:12:/);
    assert.match(text, /rank 2 {2}recv from rank 0, tag 3 on world +at .*deadlock\.ts:13:/);
  });
  it('alone', async () => {
    for (const fabric of ['solo', 'threads'] as const) {
      const { code, stderr } = await launch(fabric, 1, `${PROGRAMS}/deadlock.ts`, ['cycle']);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /deadlock.*recv from rank 0, tag 5/s);
    }
  });
});

describe('mismatched collectives over threads', () => {
  it('names both calls and both lines', async () => {
    const { code, stderr } = await launch('threads', 3, `${PROGRAMS}/mismatch.ts`, ['calls']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /ERR_MISMATCH/);
    assert.match(stderr, /barrier/);
    assert.match(stderr, /allreduce/);
    assert.match(stderr, /mismatch\.ts:7:/);
    assert.match(stderr, /mismatch\.ts:8:/);
  });
  it('names different roots', async () => {
    const { code, stderr } = await launch('threads', 3, `${PROGRAMS}/mismatch.ts`, ['roots']);
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /bcast \(root \d\) at .*mismatch\.ts:10:.*bcast \(root \d\) on rank \d at .*mismatch\.ts:10:/,
    );
  });
});

it('every collective tells that another rank has begun another one', async () => {
  const { code, all } = await launch('threads', 3, `${PROGRAMS}/mismatched.ts`);
  assert.equal(code, 0, all);
  assert.match(all, /ok 110 calls/);
});

describe('short collectives over threads that do not match', () => {
  const calls = 'barrier bcast gather scatter reduce allreduce allgather alltoall'.split(' ');
  const short = (n: number, args: readonly string[]): Job => ({ n, script: `${PROGRAMS}/short.ts`, args });
  for (const call of calls) {
    it(`${call} and each other`, async () => {
      const others = calls.filter((other) => other !== call);
      const jobs = others.map((other) => short(2 + (calls.indexOf(other) & 1), [call, other]));
      for (const [i, { code, stderr }] of (await launchJobs(jobs)).entries()) {
        const other = others[i]!;
        assert.equal(code, 1, `${other}: ${stderr}`);
        assert.match(stderr, /ERR_MISMATCH/, other);
        assert.match(stderr, new RegExp(call, 'i'), other);
        assert.match(stderr, new RegExp(other, 'i'), other);
      }
    });
  }
  for (const call of ['allreduce', 'allgather', 'alltoall']) {
    it(`${call} with other lengths`, async () => {
      const tried = [
        [2, [8, 16]],
        [3, [64, 8]],
        [2, [1024, 1032]],
        [2, [4096, 512]],
        [4, [8, 8192]],
        [5, [8, 16]],
        [9, [16, 8]],
      ] as const;
      const jobs = tried.map(([n, lengths]) =>
        short(
          n,
          lengths.map((bytes) => `${call}-${bytes}`),
        ),
      );
      for (const [i, { code, stderr }] of (await launchJobs(jobs)).entries()) {
        const what = `${jobs[i]!.n} ${jobs[i]!.args.join(' ')}`;
        assert.equal(code, 1, `${what}: ${stderr}`);
        assert.match(stderr, /ERR_TRUNCATE|ERR_COUNT/, what);
        assert.match(stderr, /bytes.* for this call/, what);
      }
    });
  }
  it('bcast of more, and of less, than there is room for', async () => {
    const lengths = [
      [16, 8],
      [2048, 8],
      [4096, 2048],
      [8, 4096],
    ];
    const jobs = lengths.map((each) =>
      short(
        3,
        each.map((bytes) => `bcast-${bytes}`),
      ),
    );
    const ended = await launchJobs(jobs);
    const less = ended.pop()!;
    assert.equal(less.code, 0, less.stderr);
    for (const [i, { code, stderr }] of ended.entries()) {
      assert.equal(code, 1, `${jobs[i]!.args.join(' ')}: ${stderr}`);
      assert.match(stderr, /ERR_TRUNCATE/, jobs[i]!.args.join(' '));
    }
  });
});

it('what was left behind is listed over threads', async () => {
  const { code, stderr } = await launch('threads', 3, `${PROGRAMS}/leftovers.ts`);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /warning: rank 1 {2}never received: 3 bytes from rank 0, tag 9 on world/);
  assert.match(
    stderr,
    /warning: rank 1 {2}never completed: irecv from rank 0, tag 77 on world at .*leftovers\.ts:7:/,
  );
});

describe('an MPI that cannot be used', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-failures-'));
  after(() => rmSync(folder, { recursive: true }));

  it('launcher and library of different families', async () => {
    const env = { FLOTILLA_MPI: 'mpich' };
    const { code, stderr, stdout } = await start(
      'mpirun.openmpi',
      ['-n', '2', '--oversubscribe', process.execPath, CLI, 'examples/hello.ts'],
      { env },
    );
    assert.notEqual(code, 0);
    assert.match(stderr, /started by Open MPI's launcher, but FLOTILLA_MPI chooses MPICH/);
    assert.equal(stdout.includes('hello'), false);
  });
  it('none installed', async () => {
    const env = { PATH: folder, XDG_CACHE_HOME: folder };
    const { code, stderr } = await start(
      process.execPath,
      [CLI, 'run', '--mpi', '-n', '2', 'examples/hello.ts'],
      { env },
    );
    assert.equal(code, 2, stderr);
    assert.match(stderr, /no MPI is installed.*apt-get install.*over threads/);
  });
  it('a compiler that does not work', async () => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    symlinkSync('/usr/bin/mpirun.openmpi', join(bin, 'mpirun.openmpi'));
    writeFileSync(
      join(bin, 'mpicc.openmpi'),
      '#!/bin/sh\nif [ "$1" = --showme:version ]; then echo "mpicc: Open MPI 4.1.4"; exit 0; fi\necho "cc1: broken" >&2; exit 1\n',
    );
    chmodSync(join(bin, 'mpicc.openmpi'), 0o755);
    const env = { PATH: `${bin}:/bin`, XDG_CACHE_HOME: bin };
    const { code, stderr } = await start(
      process.execPath,
      [CLI, 'run', `--mpi=${join(bin, 'mpirun.openmpi')}`, '-n', '2', 'examples/hello.ts'],
      { env },
    );
    assert.equal(code, 2, stderr);
    assert.match(stderr, /could not be compiled.*cc1: broken.*threads/s);
  });
});
