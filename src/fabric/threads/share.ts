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
  const number = new Float64Array(1);
  if (carrier.rank === 0) number[0] = randomInt(2 ** 47);
  carrier.bcast(number, 0);
  const channel = new BroadcastChannel(`flotilla/${number[0]!}`);
  channel.unref();
  carrier.barrier();
  let memory: unknown;
  if (carrier.rank === 0) channel.postMessage((memory = attempt(make)));
  carrier.barrier();
  // Node takes broadcast channels here, as its documentation says; its types know of ports only.
  if (carrier.rank !== 0) memory = receiveMessageOnPort(channel as unknown as MessagePort)?.message;
  channel.close();
  return memory instanceof SharedArrayBuffer ? memory : undefined;
}

function attempt(make: () => SharedArrayBuffer): SharedArrayBuffer | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
