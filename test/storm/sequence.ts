/** Messages one after another by blocking calls. Each rank goes through all of them in one order, so none waits for a later one. */
import { Status, type Communicator } from 'flotilla';
import type { Dice } from './dice.ts';
import { checkBytes, checkParcel, isValue, parcel, payload, type Message, type Parcel } from './messages.ts';

/** `dice` are this rank's own. */
export async function sequence(comm: Communicator, messages: readonly Message[], dice: Dice): Promise<void> {
  for (const message of messages) {
    const { source, dest } = message;
    if (source === comm.rank && dest === comm.rank) exchange(comm, message);
    else if (source === comm.rank) await send(comm, message, dice);
    else if (dest === comm.rank) await receive(comm, message, dice);
  }
}

/** To oneself, by the one blocking call that can. */
function exchange(comm: Communicator, message: Message): void {
  const { source, dest, tag, bytes } = message;
  if (isValue(tag)) {
    checkParcel(comm.sendrecv<Parcel>(parcel(message), dest, tag, source, tag), message);
    return;
  }
  const array = new Uint8Array(bytes);
  comm.Sendrecv(payload(message), dest, tag, array, source, tag);
  checkBytes(array, message);
}

async function send(comm: Communicator, message: Message, dice: Dice): Promise<void> {
  const { dest, tag } = message;
  const way = dice.below(4);
  if (isValue(tag)) {
    const value = parcel(message);
    if (way === 0) comm.ssend(value, dest, tag);
    else if (way === 1) await comm.isend(value, dest, tag);
    else comm.send(value, dest, tag);
  } else {
    const array = payload(message);
    if (way === 0) comm.Ssend(array, dest, tag);
    else if (way === 1) comm.Isend(array, dest, tag).wait();
    else comm.Send(array, dest, tag);
  }
}

async function receive(comm: Communicator, message: Message, dice: Dice): Promise<void> {
  const { source, tag, bytes } = message;
  const way = dice.below(4);
  if (isValue(tag)) {
    if (way === 0) checkParcel(await comm.irecv<Parcel>(source, tag), message);
    else if (way === 1) checkParcel(comm.mprobe(source, tag).recv<Parcel>(), message);
    else checkParcel(comm.recv<Parcel>(source, tag), message);
    return;
  }
  const array = new Uint8Array(bytes + dice.below(2));
  const status = new Status();
  if (way === 0) await comm.Irecv(array, source, tag);
  else if (way === 1) comm.mprobe(source, tag).Recv(array);
  else comm.Recv(array, source, tag, status);
  if (way > 1) checkBytes(array.subarray(0, status.count()), message);
  else checkBytes(array.subarray(0, bytes), message);
}
