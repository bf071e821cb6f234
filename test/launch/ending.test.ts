/** How jobs end, as their users and the shells that start them see it, on every fabric with several ranks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLI, launch, type FabricName, type StartOptions } from '../harness/launch.ts';

const FABRICS: FabricName[] = ['threads', 'openmpi', 'mpich'];
const run = (fabric: FabricName, n: number, way: string, options?: StartOptions, ...more: string[]) =>
  launch(fabric, n, 'test/launch/programs/ending.ts', [way, ...more], options);

/** Sends a signal when the ranks have said a word so many times. */
function when(word: string, times: number, signal: NodeJS.Signals): StartOptions {
  let seen = '';
  let sent = false;
  const onOutput = (text: string, kill: (signal: NodeJS.Signals) => void) => {
    seen += text;
    if (sent || seen.split(word).length <= times) return;
    sent = true;
    kill(signal);
  };
  return { onOutput, env: { FLOTILLA_GRACE: '1' } };
}

for (const fabric of FABRICS) {
  describe(fabric, () => {
    const stated: [way: string, text: RegExp][] = [
      ['cause', /rank 1: Error: it broke\n.*ending\.ts:10:\d+.*caused by: Error: it broke \[circular\]/s],
      ['stack', /rank 1: Error: it broke/],
    ];
    for (const [way, text] of stated) {
      it(`an error is told whatever it does: ${way}`, async () => {
        const { code, stderr } = await run(fabric, 2, way);
        assert.equal(code, 1, stderr);
        assert.match(stderr, text);
      });
    }
    it('process.exit on all ranks is quiet', async () => {
      const { code, all } = await run(fabric, 3, 'exit');
      assert.equal(code, 75, all);
      assert.equal(all, '');
    });
    it('process.exitCode ends the job after all have ended, with the largest', async () => {
      const { code, stdout, stderr } = await run(fabric, 3, 'exitCode');
      assert.equal(code, 4, stderr);
      assert.equal(stderr, '');
      const lists = [0, 1, 2].map((rank) => `the list of rank ${rank}`);
      assert.deepEqual(stdout.trim().split('\n').sort(), lists);
    });
    it('a top-level await that is never settled ends the job', async () => {
      const { code, stderr } = await run(fabric, 2, 'unsettled');
      assert.equal(code, 13, stderr);
      assert.match(stderr, /rank 1 has ended with exit code 13, its top-level await was never settled/);
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`${signal} ends ranks and children that do not care for it`, async () => {
        const { code, all } = await run(fabric, 2, 'stubborn', when('waits', 1, signal));
        assert.equal(code, signal === 'SIGINT' ? 130 : 143, all);
      });
    }
    it('a failure ends a rank that waits for a child, and the child', async () => {
      const { code, stderr } = await run(fabric, 2, 'fails beside a call');
      assert.equal(code, 1, stderr);
      assert.match(stderr, /rank 1: Error: it broke/);
    });
    it('programs that ranks start are worlds of their own', async () => {
      const { code, stdout, all } = await run(fabric, 2, 'children', {}, CLI);
      assert.equal(code, 0, all);
      assert.equal(
        stdout.trim(),
        ['0 of 1', '0 of 1', '0 of 2', '0 of 2', '0 of 2', '1 of 2', '1 of 2', '1 of 2'].join(),
      );
    });
  });
}

for (const fabric of ['openmpi', 'mpich'] as const) {
  it(`signals reach ranks that await: ${fabric}`, async () => {
    const { code, stdout, all } = await run(fabric, 2, 'signal', when('waits', 2, 'SIGUSR1'));
    assert.equal(code, 0, all);
    assert.equal(stdout.match(/got it/g)?.length, 2);
  });
}
