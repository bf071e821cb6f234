/** What the thread of a worker runs. */
import { parentPort, workerData } from 'node:worker_threads';
import { findRefused } from '../../comm/codec/refusal.ts';
import type { Communicator } from '../../comm/index.ts';
import { becomeWorker } from '../inside.ts';
import { Say, type Order, type Reply } from '../protocol.ts';
import { Runner } from '../runner.ts';
import { resolve } from '../task.ts';
import { Claims } from './claims.ts';
import { Line } from './line.ts';
import { packThrown, Patience } from '../../internal/index.ts';
import { Ring, Waiting } from './ring.ts';
import type { Section, WorkerData } from './worker-data.ts';

/** The event loop has its turn after so long at the latest. */
const TURN_MS = 1;
/** Turns of the event loop without a task before this thread goes to sleep. */
const IDLE_TURNS = 1;

const { flotillaPool } = workerData as WorkerData;
const { rank, initializer, initializerArgs } = flotillaPool;
const parent = parentPort!;
const line = new Line(
  new Ring(flotillaPool.fromWorker),
  new Ring(flotillaPool.toWorker),
  flotillaPool.port,
  () => parent.postMessage(0),
);
const claims = new Claims(flotillaPool.claims);

function reply(answer: Reply): void {
  try {
    line.send(answer);
  } catch (error) {
    const found = findRefused(answer[3]);
    throw found === undefined ? error : new TypeError(found.replace(/^value/, 'result'), { cause: error });
  }
}

let joined: { readonly key: number; readonly comm: Communicator } | undefined;

/** The communicator of all workers; made anew when they are others. */
async function workers(ranks: unknown): Promise<Communicator> {
  const [{ memory, key }, place] = ranks as [Section, number];
  if (joined?.key !== key) {
    const { joinRanks } = await import('../../ranks.ts');
    joined = { key, comm: joinRanks(memory, place, 'pool workers') };
  }
  return joined.comm;
}

const runner = new Runner(
  { rank, reply, claim: (id) => claims.begin(id), workers },
  flotillaPool.concurrency,
);

const patience = new Patience();
let idleTurns = 0;
let scheduled = false;

function later(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(turn);
}

/** Runs what has come; then sleeps in the way that what else goes on in this thread allows. */
function turn(): void {
  scheduled = false;
  for (;;) {
    const began = performance.now();
    line.wait(Waiting.NOT);
    do {
      if (line.readable()) patience.rewarded(performance.now());
      while (line.readable()) {
        const order = line.receive<Order>();
        if (order[0] === Say.END) process.exit();
        if (order[0] === Say.PING) line.send([Say.PONG] satisfies Reply);
        else runner.take(order);
        idleTurns = 0;
        const now = performance.now();
        patience.begin(now);
        if (now - began > TURN_MS) {
          line.flush();
          later();
          return;
        }
      }
    } while (runner.running === 0 && patience.lasts(performance.now()));
    const flushed = line.flush();
    if (idleTurns++ < IDLE_TURNS) {
      later(); // promises, timers and output of the last task come first
      return;
    }
    if (runner.running > 0 || othersAlive()) {
      line.wait(Waiting.IN_LOOP);
      if (line.readable() || !flushed) later();
      return;
    }
    line.wait(Waiting.BLOCKED);
    if (!line.readable()) line.block(flushed ? undefined : 1);
  }
}

/** Whether anything but our own port keeps this thread's event loop busy: a timer, a socket, output under way. */
function othersAlive(): boolean {
  return process
    .getActiveResourcesInfo()
    .some((resource, i, all) => resource !== 'MessagePort' || all.indexOf(resource) !== i);
}

becomeWorker();
process.setSourceMapsEnabled(true);
parent.on('message', () => {
  idleTurns = 0;
  turn();
});
try {
  if (initializer) await (await resolve(initializer))(...initializerArgs);
  line.send([Say.READY] satisfies Reply);
} catch (error) {
  line.send([Say.BROKEN, packThrown(error)] satisfies Reply);
}
turn();
