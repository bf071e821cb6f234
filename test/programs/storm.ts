/**
 * A random program, drawn from a seed that all ranks know: bursts of non-blocking messages with wildcards and probes, sequences of blocking ones,
 * and collective calls, all of them on several communicators at once. Every payload is checked. FLOTILLA_STORM_SEED chooses the seed,
 * FLOTILLA_STORM_MESSAGES the least number of messages.
 */
import assert from 'node:assert/strict';
import { SUM, type Communicator } from 'flotilla';
import { checkWorld, run } from '../harness/cases.ts';
import { Burst } from '../storm/burst.ts';
import { Dice } from '../storm/dice.ts';
import { draw } from '../storm/messages.ts';
import { sequence } from '../storm/sequence.ts';
import { together, type Open } from '../storm/together.ts';

const SEED = Number(process.env.FLOTILLA_STORM_SEED ?? 20261121);
const MESSAGES = Number(process.env.FLOTILLA_STORM_MESSAGES ?? 1000);

interface Place {
  readonly comm: Communicator;
  /** How many communicators of its kind there are in the world, and which this is: they draw different messages. */
  readonly alike: number;
  readonly which: number;
  burst: Burst | undefined;
}

/** After a burst nobody may begin the next on its communicator before all have received theirs: wildcards take what comes. */
async function close(place: Place): Promise<void> {
  if (place.burst === undefined) return;
  await place.burst.finish();
  place.comm.barrier();
  place.burst = undefined;
}

async function storm(world: Communicator): Promise<{ sent: number; calls: number }> {
  const { rank, size } = world;
  const halves = Math.min(size, 2);
  const places: Place[] = [
    { comm: world, alike: 1, which: 0, burst: undefined },
    { comm: world.dup(), alike: 1, which: 0, burst: undefined },
    { comm: world.split(0, size - rank)!, alike: 1, which: 0, burst: undefined },
    { comm: world.split(rank % 2)!, alike: halves, which: rank % 2, burst: undefined },
  ];
  const script = new Dice(SEED);
  const own = new Dice(SEED + 7919 * (rank + 1));
  const open: Open[] = [];
  let [sent, calls] = [0, 0];
  for (let act = 0; sent < MESSAGES; act++) {
    const place = script.pick(places);
    const kind = script.below(10);
    const dice = new Dice(script.below(2 ** 30) + place.which);
    const { comm } = place;
    if (kind < 5) {
      const count = 1 + script.below(kind < 2 ? 20 : 100);
      const messages = draw(dice, comm.size, count, act * 1000);
      await close(place);
      if (kind < 2) await sequence(comm, messages, own);
      else place.burst = new Burst(comm, messages, own);
      sent += count * place.alike;
    } else if (kind < 9) {
      const left = together(comm, dice, act);
      if (left) open.push(left);
      calls++;
    } else {
      await close(place);
      for (const complete of open.splice(0)) await complete();
    }
  }
  for (const place of places) await close(place);
  for (const complete of open) await complete();
  for (const { comm } of places.slice(1)) comm.free();
  return { sent, calls };
}

checkWorld(`storm with seed ${SEED}`, async (comm) => {
  try {
    const { sent, calls } = await storm(comm);
    assert.equal(comm.allreduce(sent, SUM), sent * comm.size);
    if (comm.rank === 0)
      console.log(`storm: seed ${SEED}, ${sent} messages, ${calls} collective calls, ${comm.size} ranks`);
  } catch (error) {
    process.stderr.write(`rank ${comm.rank}: storm failed; again with FLOTILLA_STORM_SEED=${SEED}`);
    process.stderr.write(` FLOTILLA_STORM_MESSAGES=${MESSAGES} on ${comm.size} ranks\n`);
    throw error;
  }
});

await run();
