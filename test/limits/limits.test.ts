/** Very many pending operations, little address space, and what nobody waits for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLI, launch, start } from '../harness/launch.ts';

const PROGRAMS = 'test/limits/programs';

for (const fabric of ['threads', 'openmpi', 'mpich'] as const) {
  describe(fabric, () => {
    it('20,000 receives of values are pending at a time', async () => {
      const { code, all } = await launch(fabric, 2, `${PROGRAMS}/receives.ts`, ['20000']);
      assert.equal(code, 0, all);
    });
    it('freed windows leave their memory', async () => {
      const { code, all } = await launch(fabric, 2, `${PROGRAMS}/windows.ts`);
      assert.equal(code, 0, all);
    });
    it('sends that nobody waits for leave nothing behind', async () => {
      const { code, all } = await launch(fabric, 2, `${PROGRAMS}/unwaited.ts`);
      assert.equal(code, 0, all);
    });
  });
}

for (const fabric of ['openmpi', 'mpich'] as const) {
  it(`${fabric}: values beside a limit on addresses`, async () => {
    const script = `ulimit -v 20000000; exec "$0" "$@"`;
    const run = [CLI, 'run', '-n', '2', `--mpi=${fabric}`, `${PROGRAMS}/receives.ts`, '4', 'long'];
    const { code, all } = await start('bash', ['-c', script, process.execPath, ...run]);
    assert.equal(code, 0, all);
  });
}
