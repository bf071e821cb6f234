import type { Communicator, Request } from '../../comm/index.ts';
import { packThrown } from '../../internal/index.ts';
import { exitCalled } from '../../internal/index.ts';
import { becomeWorker } from '../inside.ts';
import { Say, type Order, type Reply } from '../protocol.ts';
import { Runner } from '../runner.ts';
import { resolve } from '../task.ts';
import { CONTROL_TAG, openChannels, POOL_TAG, type Begin, type Channels } from './protocol.ts';

/** A rank other than 0 under `flotilla run --pool`: works for the pools of the script, until that ends. */
export async function serve(world: Communicator): Promise<void> {
  becomeWorker();
  for (;;) {
    const begin = await world.irecv<Begin | null>(0, CONTROL_TAG);
    if (begin === null) return;
    const channels = openChannels(world, begin.active);
    const intact = channels.workers === null || (await work(channels, channels.workers, begin));
    if (!intact) continue;
    channels.workers?.free();
    channels.comm.free();
  }
}

/** On rank 0: lets the others go when the script has ended, even if it never asked for a pool. */
export function releaseAtExit(world: Communicator): void {
  process.prependListener('exit', (code) => {
    // Otherwise the job ends with an error, on all ranks.
    if (code === 0 || !exitCalled()) release(world);
  });
}

/** Lets the others go, once they serve no pool. */
export function release(world: Communicator): void {
  for (let rank = 1; rank < world.size; rank++) world.send(null, rank, CONTROL_TAG);
}

/** One pool, to its end; false when other workers have left it, so that nothing collective is possible any more. */
async function work({ comm }: Channels, workers: Communicator, begin: Begin): Promise<boolean> {
  const { rank } = workers;
  const begun = new Set<number>();
  const reply = (answer: Reply) => {
    comm.send(answer, 0, POOL_TAG);
    if (answer[0] === Say.DONE || answer[0] === Say.FAILED) begun.delete(answer[1]);
  };
  const claim = (id: number) => {
    begun.add(id);
    return true;
  };
  let pending: Request<Order> | undefined;
  const stopWatching = sayWhenLeaving((code) => {
    pending?.cancel();
    reply([Say.GONE, code, [...begun]]);
  });
  try {
    if (begin.initializer) await (await resolve(begin.initializer))(...begin.initializerArgs);
    reply([Say.READY]);
  } catch (error) {
    reply([Say.BROKEN, packThrown(error)]);
  }
  const runner = new Runner({ rank, reply, claim, workers: () => workers }, begin.concurrency);
  for (;;) {
    pending = comm.iprobe(0, POOL_TAG) === null ? comm.irecv<Order>(0, POOL_TAG) : undefined;
    const order = pending ? await pending : comm.recv<Order>(0, POOL_TAG);
    pending = undefined;
    if (order[0] === Say.END) {
      stopWatching();
      return order[1];
    }
    if (order[0] !== Say.PING) runner.take(order);
    // Promises that a task has left behind, and others that await, come first.
    await Promise.resolve();
  }
}

/**
 * A task that calls process.exit takes its rank out of the pool, not the others with it: rank 0 is told, and the process ends as
 * if all were well.
 */
function sayWhenLeaving(say: (code: number) => void): () => void {
  const exit = process.exit.bind(process);
  const before = Object.getOwnPropertyDescriptor(process, 'exit');
  const leaving = (code: number) => {
    if (code === 0) say(0);
  };
  process.exit = (code) => {
    say(Number(code ?? process.exitCode ?? 0));
    process.off('exit', leaving);
    process.exitCode = 0;
    return exit(0);
  };
  process.prependListener('exit', leaving);
  return () => {
    if (before) Object.defineProperty(process, 'exit', before);
    process.off('exit', leaving);
  };
}
