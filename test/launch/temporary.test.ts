/** Whichever way a rank that prepares its own script ends, it leaves no temporary folder. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CLI, start } from '../harness/launch.ts';

const PROGRAM = 'test/launch/programs/temporary.ts';

/** Runs a command with a folder of its own for temporary files; returns what it leaves there, its exit code and output. */
async function leaves(command: string, args: string[], signal?: NodeJS.Signals) {
  const TMPDIR = mkdtempSync(join(tmpdir(), 'leaves-'));
  let during = 0;
  try {
    const outcome = await start(command, args, {
      env: { TMPDIR },
      onOutput(text, kill) {
        if (!text.includes('prepared')) return;
        during = folders(TMPDIR);
        writeFileSync(join(TMPDIR, 'seen'), '');
        if (signal) kill(signal);
      },
    });
    assert.ok(during > 0, outcome.all);
    // Another process removes it, when this one has ended.
    while (folders(TMPDIR) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    return outcome;
  } finally {
    rmSync(TMPDIR, { recursive: true, force: true });
  }
}

const folders = (within: string) =>
  readdirSync(within).filter((name) => /^flotilla-\w{6}$/.test(name)).length;

describe('temporary folders', { timeout: 120_000 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    it(`of a rank that computes: ${signal}`, async () => {
      const { code, all } = await leaves(process.execPath, [CLI, PROGRAM, 'computes'], signal);
      assert.equal(code, null, all);
    });
  }
  it('of a rank alone that fails', async () => {
    const { code, all } = await leaves(process.execPath, [CLI, PROGRAM, 'fails']);
    assert.equal(code, 1, all);
  });
  for (const mpirun of ['mpirun.openmpi', 'mpirun.mpich']) {
    it(`of ranks that fail: ${mpirun}`, async () => {
      const { code, all } = await leaves(mpirun, ['-n', '2', process.execPath, CLI, PROGRAM, 'fails']);
      assert.notEqual(code, 0, all);
      assert.match(all, /rank 0: Error: it broke/);
    });
  }
});
