import { randomInt } from 'node:crypto';
import { BroadcastChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { ThreadsCarrier } from './carrier.ts';

/**
 * Collective: gives every rank the shared memory that rank 0 makes, undefined when it cannot be had. A SharedArrayBuffer reaches a thread only
 * in a message of Node's; posted between two barriers it is there when the second one is over.
 */
export function shareMemory(
  carrier: ThreadsCarrier,
  make: () => SharedArrayBuffer,
): SharedArrayBuffer | undefined {
  if (carrier.size === 1) return attempt(make);
  const channel = openChannel(carrier);
  let memory: unknown;
  if (carrier.rank === 0) channel.postMessage((memory = attempt(make)));
  carrier.barrier();
  if (carrier.rank !== 0) memory = next(channel);
  channel.close();
  return memory instanceof SharedArrayBuffer ? memory : undefined;
}

/** Collective: gives every rank the shared memory that each has, in rank order. */
export function shareAll(carrier: ThreadsCarrier, own: SharedArrayBuffer): SharedArrayBuffer[] {
  const { rank, size } = carrier;
  const all = new Array<SharedArrayBuffer>(size).fill(own);
  if (size === 1) return all;
  const channel = openChannel(carrier);
  channel.postMessage({ rank, memory: own });
  carrier.barrier();
  for (let others = 1; others < size; others++) {
    const theirs = next(channel) as { readonly rank: number; readonly memory: SharedArrayBuffer };
    all[theirs.rank] = theirs.memory;
  }
  channel.close();
  return all;
}

/** A channel between the ranks, which all of them have opened. */
function openChannel(carrier: ThreadsCarrier): BroadcastChannel {
  const number = new Float64Array(1);
  if (carrier.rank === 0) number[0] = randomInt(2 ** 47);
  carrier.bcast(number, 0);
  const channel = new BroadcastChannel(`flotilla/${number[0]!}`);
  channel.unref();
  carrier.barrier();
  return channel;
}

/** Node takes broadcast channels here, as its documentation says; its types know of ports only. */
function next(channel: BroadcastChannel): unknown {
  return receiveMessageOnPort(channel as unknown as MessagePort)?.message;
}

function attempt(make: () => SharedArrayBuffer): SharedArrayBuffer | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
