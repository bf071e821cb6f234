import type { Carrier } from '../fabric.ts';
import { exchange, type Call } from './collectives.ts';

/** What a group needs to talk to another one: who that is, and the numbers of two communicators. */
export interface Link {
  readonly remote: Int32Array;
  readonly across: number;
  readonly union: number;
}

const scratch = { source: 0, tag: 0, bytes: 0, cancelled: false };

/** Between two leaders: each tells its members, and the low one finds numbers for both. */
export function agree(
  call: Call,
  members: Int32Array,
  remoteLeader: number,
  low: boolean,
  allocate: (members: number) => number,
): Link {
  const { port, number, operation } = call;
  const size = new Int32Array(1);
  exchange(call, Int32Array.of(members.length), remoteLeader, size, remoteLeader);
  const remote = new Int32Array(size[0]!);
  exchange(call, members, remoteLeader, remote, remoteLeader);
  const numbers = new Int32Array(2);
  if (low) {
    numbers.forEach((_, i) => (numbers[i] = allocate(members.length + remote.length)));
    port.send(numbers, remoteLeader, number, false, operation);
  } else {
    port.recv(numbers, remoteLeader, number, scratch, operation);
  }
  return { remote, across: numbers[0]!, union: numbers[1]! };
}

/** To all of a group what its root has found: a link, or the reason why there is none. */
export function share(carrier: Carrier, found: Link | string | null, root: number): Link | string {
  const reason = typeof found === 'string' ? Buffer.from(found) : undefined;
  const link = typeof found === 'string' ? null : found;
  const head = Int32Array.of(
    reason ? 1 : 0,
    reason?.length ?? link?.remote.length ?? 0,
    link?.across ?? 0,
    link?.union ?? 0,
  );
  carrier.bcast(head, root);
  const length = head[1]!;
  if (head[0] === 1) {
    const text = reason ?? Buffer.alloc(length);
    carrier.bcast(text, root);
    return text.toString();
  }
  const remote = link?.remote ?? new Int32Array(length);
  carrier.bcast(remote, root);
  return { remote, across: head[2]!, union: head[3]! };
}
