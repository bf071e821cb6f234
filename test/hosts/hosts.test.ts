/** Jobs over two hosts, each of which has a network, a name and temporary files of its own. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CLI, launch, start, type Outcome } from '../harness/launch.ts';
import { Hosts } from './hosts.ts';

let hosts: Hosts | undefined;
const folder = mkdtempSync(join(tmpdir(), 'hostfile-'));
before(async () => {
  hosts = await Hosts.make(['a', 'b']);
});
after(async () => {
  rmSync(folder, { recursive: true });
  await hosts?.end();
});

function run(mpi: string, on: string, program: string, ...args: string[]): Promise<Outcome> {
  const [command, before] = hosts!.on('a', [process.execPath, CLI, 'run', `--mpi=${mpi}`, '--hosts', on]);
  const script = `test/hosts/programs/${program}`;
  return start(command, [...before, script, ...args], { env: hosts!.environment });
}

for (const mpi of ['openmpi', 'mpich']) {
  describe(`two hosts, ${mpi}`, () => {
    it('four ranks exchange messages over TCP', async () => {
      const { code, stdout, all } = await run(mpi, 'a:2,b:2', 'across.ts');
      assert.equal(code, 0, all);
      assert.equal(stdout, 'ok\n', all);
    });

    for (const [style, lines] of [
      ['a slots=2', '# two hosts\na slots=2\nb slots=2\n'],
      ['a:2', 'a:2\n\nb:2\n'],
    ] as const) {
      it(`a file of hosts with "${style}"`, async () => {
        const file = join(folder, `${mpi}-${style}`);
        writeFileSync(file, lines);
        const { code, all } = await run(mpi, file, 'across.ts');
        assert.equal(code, 0, all);
      });
    }

    it('a rank killed on one host ends the job on both', async () => {
      // start() rejects when a process is left on either.
      const { code, all } = await run(mpi, 'a:2,b:2', 'end.ts', 'kill');
      assert.notEqual(code, 0, all);
      assert.match(all, /on signal 9|RUNNING AT b\n=   EXIT CODE: 9/);
    });

    it('a grid has the bits of one rank, and ends when a rank is killed amid its exchanges', async () => {
      const alone = await launch('solo', 1, 'test/hosts/programs/grid.ts');
      assert.match(alone.stdout, /^\d+\.\d+ [0-9a-f]{64}\n$/, alone.all);
      const { code, stdout, all } = await run(mpi, 'a:2,b:2', 'grid.ts');
      assert.equal(code, 0, all);
      assert.equal(stdout, alone.stdout);
      const killed = await run(mpi, 'a:2,b:2', 'grid.ts', 'kill');
      assert.notEqual(killed.code, 0, killed.all);
    });

    it('an error on the other host is told and ends the job', async () => {
      const { code, stderr } = await run(mpi, 'a:2,b:2', 'end.ts', 'throw');
      assert.equal(code, 1, stderr);
      assert.match(stderr, /rank 3: RangeError: beyond repair\n +at .*test\/hosts\/programs\/end\.ts:8:/);
    });

    it('more ranks than the hosts hold', async () => {
      const [command, args] = hosts!.on('a', [process.execPath, CLI, 'run', `--mpi=${mpi}`, '-n', '5']);
      const { code, stderr } = await start(command, [...args, '--hosts', 'a:2,b:2', 'examples/hello.ts']);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /5 ranks do not fit: the hosts hold 4/);
    });
  });
}
