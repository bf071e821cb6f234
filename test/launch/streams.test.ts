/** What ranks read and print, on every fabric. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CLI, start, type FabricName } from '../harness/launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'streams-'));
after(() => rmSync(folder, { recursive: true }));

const HOW: Record<FabricName, string> = {
  solo: '',
  threads: 'run -n 3',
  openmpi: 'run -n 3 --mpi=openmpi',
  mpich: 'run -n 3 --mpi=mpich',
};
const FABRICS = Object.keys(HOW) as FabricName[];
const command = (fabric: FabricName, way: string, options = '') =>
  `${process.execPath} ${CLI} ${HOW[fabric]} ${options} test/launch/programs/streams.ts '${way}'`;
const shell = (line: string, env: NodeJS.ProcessEnv = {}) => start('bash', ['-c', line], { env });

/** 1.1 MB of which no two blocks are alike, and a checksum of them. */
const input = join(folder, 'input');
const bytes = Buffer.from(Array.from({ length: 1_100_000 }, (_, i) => ((i * 2654435761) >>> 24) ^ (i & 255)));
writeFileSync(input, bytes);
const checksum = bytes.reduce((total, byte, i) => (total + byte * (i % 251)) % 1_000_003, 0);

for (const fabric of FABRICS) {
  describe(fabric, () => {
    if (fabric !== 'solo') {
      for (const label of [false, true]) {
        it(`long lines of several ranks are not mixed${label ? ', labelled' : ''}`, async () => {
          const { stdout } = await shell(`${command(fabric, 'lines', label ? '--label' : '')} | cat`);
          const lines = [0, 1, 2].flatMap((rank) =>
            Array<string>(20).fill(`${label ? `[${rank}] ` : ''}${String(rank).repeat(5000 + 3000 * rank)}`),
          );
          const printed = stdout.split('\n').filter((line) => !line.includes('no end') && line !== '');
          if (label) {
            assert.deepEqual(printed.sort(), lines.sort());
            assert.ok(stdout.includes('[1] no end of line\n'));
          } else {
            // Who comes next goes on in a line that was left open.
            assert.equal(stdout.split('no end of line').length, 2);
            assert.deepEqual(stdout.replace('no end of line', '').trim().split('\n').sort(), lines.sort());
          }
        });
      }
    }
    it('ends when nobody reads any more', async () => {
      const { stdout, stderr } = await shell(
        `${command(fabric, 'endless')} | head -1; echo "\${PIPESTATUS[0]}"`,
      );
      assert.equal(stdout, 'a line\n141\n');
      assert.equal(stderr, '');
    });
    it('rank 0 has all of the standard input, others none, as a stream and whole', async () => {
      for (const way of ['stream', 'whole']) {
        for (const from of [`cat ${input} | `, '']) {
          const { code, stdout, all } = await shell(
            `${from}${command(fabric, way)}${from ? '' : ` < ${input}`}`,
          );
          assert.equal(code, 0, all);
          const read = [`rank 0 read 1100000 bytes, ${checksum}`];
          if (fabric !== 'solo') for (const rank of [1, 2]) read.push(`rank ${rank} read 0 bytes, 0`);
          assert.deepEqual(stdout.trim().split('\n').sort(), read);
        }
      }
    });
    it('an input that has no end keeps nobody', async () => {
      const open = 'exec 3< <(echo hello; exec sleep 60); held=$!';
      const { stdout, all } = await shell(`${open}; ${command(fabric, 'first line')} <&3; kill $held`);
      assert.match(stdout, /the first line is hello/, all);
    });
    if (fabric !== 'solo') {
      it('is no terminal where it is none', async () => {
        for (const env of [{ NO_COLOR: '1' }, {}]) {
          const { stdout } = await shell(`${command(fabric, 'face')} | cat`, env);
          assert.match(stdout, /^face \{"called":0,"depth":\[\],"clearLine":"undefined"\}$/m);
          assert.ok(!stdout.includes('\u001b'), JSON.stringify(stdout));
        }
      });
      it('is a terminal with all that belongs to one where it is one', async () => {
        const line = `stty cols 77 rows 33; ${command(fabric, 'face')}`;
        const env = {
          TERM: 'xterm-256color',
          COLORTERM: undefined,
          NO_COLOR: undefined,
          FORCE_COLOR: undefined,
          CI: undefined, // Node takes it for a terminal of few colours
        };
        const { stdout } = await start('script', ['-qec', `bash -c ${JSON.stringify(line)}`, '/dev/null'], {
          env,
        });
        const face = /^face (.*)$/m.exec(stdout)?.[1];
        assert.ok(face, stdout);
        assert.deepEqual(JSON.parse(face), {
          isTTY: true,
          columns: 77,
          rows: 33,
          called: 3,
          depth: [8, true, [77, 33]],
          clearLine: 'function',
        });
        assert.match(stdout, /\u001b\[33mtrue\u001b\[39m/);
      });
    }
  });
}
