/** Processes that start their workers themselves. No case may leave a process behind: the harness looks. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT, start, type StartOptions } from '../harness/launch.ts';

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
const PROGRAM = 'test/pool/programs/spawn.ts';
const run = (name: string, mpi: string, options: StartOptions = {}) =>
  start(process.execPath, ['--import', 'flotilla/register', PROGRAM, name], {
    ...options,
    env: { FLOTILLA_MPI: mpi, ...options.env },
  });

for (const mpi of ['openmpi', 'mpich']) {
  describe(`spawn over ${mpi}`, () => {
    it('starts its workers once', async () => {
      const { code, stdout, all } = await run('again', mpi);
      assert.equal(code, 0, all);
      assert.match(
        stdout,
        /^same true\nsizes 1\nPoolError: this process has started 2 workers, .* not 3 workers \(ERR_MODE\)\ncached true\nnext 9, retired 5\nPoolError: the ranks serve another pool.*\n$/,
      );
    });

    it('leaves no trace in the environment', async () => {
      const { code, stdout, all } = await run('environment', mpi);
      assert.equal(code, 0, all);
      assert.equal(stdout, 'left nothing\n');
    });

    for (const [signal, expected] of [
      ['SIGINT', [130, null]],
      ['SIGKILL', [null]],
    ] as const) {
      it(`ends with ${signal} while a task runs`, async () => {
        const onOutput: StartOptions['onOutput'] = (text, kill) => {
          if (text.includes('ready')) kill(signal);
        };
        const { code, all } = await run('waits', mpi, { onOutput });
        assert.ok(
          expected.some((each) => each === code),
          `${String(code)} ${all}`,
        );
      });
    }

    it('leaves no folder when it is killed before its workers have come', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'spawn-'));
      const child = spawn(process.execPath, ['--import', 'flotilla/register', PROGRAM, 'again'], {
        cwd: ROOT,
        env: { ...process.env, FLOTILLA_MPI: mpi, TMPDIR: folder },
        stdio: 'ignore',
      });
      try {
        // The place where they are to meet.
        const places = () => readdirSync(folder).filter((name) => existsSync(join(folder, name, 'main')));
        while (places().length === 0) await pause();
        child.kill('SIGKILL');
        while (readdirSync(folder).some((name) => name.startsWith('flotilla-'))) await pause();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it('works at a prompt', async () => {
      const answers = await prompt(mpi, [
        `const { pool } = await import('flotilla/pool');`,
        `const executor = pool({ mode: 'spawn', workers: 2 });`,
        `await executor.submit((x) => x * x, 12);`,
        `await executor.submitAll((comm) => comm.allgather(comm.rank));`,
        `await executor.close();`,
        `await pool({ mode: 'spawn', workers: 1 }).submit((x) => -x, 5);`,
      ]);
      assert.deepEqual(answers, [
        'undefined',
        'undefined',
        '144',
        '[ [ 0, 1 ], [ 0, 1 ] ]',
        'undefined',
        '-5',
      ]);
    });
  });
}

it('says what is missing without MPI', async () => {
  const { code, stdout, all } = await start(
    process.execPath,
    ['--import', 'flotilla/register', PROGRAM, 'missing'],
    { env: { PATH: '/nowhere', FLOTILLA_MPI: undefined } },
  );
  assert.equal(code, 0, all);
  assert.match(
    stdout,
    /PoolError: mode 'spawn' needs MPI: no MPI is installed.*apt-get install openmpi-bin.*ERR_MODE/,
  );
});

/** Types lines at Node's prompt, each after the answer to the one before, and returns the answers; the end of input ends it. */
async function prompt(mpi: string, lines: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, ['-i'], {
    cwd: ROOT,
    env: { ...process.env, FLOTILLA_MPI: mpi, NODE_NO_READLINE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers: string[] = [];
  const waiting = [...lines];
  let text = '';
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
    if (!text.endsWith('> ')) return;
    answers.push(text.slice(0, -2).trim());
    text = '';
    const next = waiting.shift();
    if (next === undefined) child.stdin.end();
    else child.stdin.write(`${next}\n`);
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 0, answers.join('\n'));
  return answers.slice(1, lines.length + 1);
}
