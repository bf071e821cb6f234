/** Overhead of a sample with an empty model: the conduit alone, many samples at once. */
import { world } from 'flotilla';
import { distributed } from 'flotilla/conduit';

const ranksPerTeam = Number(process.argv[2] ?? 1);
const SAMPLES = 20_000;
const ROUNDS = 5;
const times: number[] = [];
await distributed({ ranksPerTeam }).open([{ name: 'empty', seed: 0, model: () => 0 }], async (pool) => {
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await Promise.all(
      Array.from({ length: SAMPLES }, (_, id) =>
        pool.submit({ work: 0, id, generation: round, value: [1, 2, 3] }),
      ),
    );
    times.push(performance.now() - began);
  }
});
if (world().rank === 0) console.log(`overhead ${(1000 * Math.min(...times)) / SAMPLES}`);
