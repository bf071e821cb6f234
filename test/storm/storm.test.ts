/** Storms of 10,000 messages on eight ranks. A failing one prints its seed; FLOTILLA_STORM_SEED runs that one alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launch } from '../harness/launch.ts';

const MESSAGES = process.env.FLOTILLA_STORM_MESSAGES ?? '10000';
const given = process.env.FLOTILLA_STORM_SEED;
const seeds = given === undefined ? ['1', '2', '3'] : [given];

for (const [fabric, n] of [
  ['solo', 1],
  ['threads', 8],
  ['openmpi', 8],
  ['mpich', 8],
] as const) {
  describe(`storm: ${n} on ${fabric}`, () => {
    for (const seed of seeds) {
      it(`seed ${seed}`, async (t) => {
        const env = { FLOTILLA_STORM_SEED: seed, FLOTILLA_STORM_MESSAGES: MESSAGES };
        const { code, all } = await launch(fabric, n, 'test/programs/storm.ts', [], {
          env,
          timeOutMs: 300_000,
        });
        assert.equal(code, 0, all);
        const told = /^storm: seed (\d+), (\d+) messages, .*$/m.exec(all);
        assert.ok(told, all);
        assert.equal(told[1], seed);
        assert.ok(Number(told[2]) >= Number(MESSAGES));
        t.diagnostic(told[0]);
      });
    }
  });
}
