/** Ends with messages that nobody received, sent in all manner of ways: to rank 2, which never calls anything, to rank 1, and to the own rank. */
import { self, world, type Communicator } from 'flotilla';

const comm = world();
const { rank, size } = comm;

function helper(to: Communicator, dest: number): void {
  to.Send(new Uint8Array(3), dest, 21); // at: helper
}

async function later(dest: number): Promise<void> {
  await Promise.resolve();
  comm.send('after an await', dest, 22); // at: later
}

if (rank === 0) {
  const silent = size - 1;
  helper(comm, silent);
  await later(silent);
  comm.isend('isend', silent, 23); // at: isend
  for (let i = 0; i < 3; i++) comm.send(i, silent, 24); // at: three
  self().send('to itself', 0, 25); // at: self
  if (size > 1) {
    const pair = comm.createGroup(comm.group().include([0, 1]));
    for (let i = 0; i < 1000; i++) pair.send(i, 1, 26); // at: received
    pair.send('one too many', 1, 26); // at: many
    pair.barrier();
    const freed = pair.dup();
    freed.send('on a communicator that is freed', 1, 27); // at: freed
    freed.barrier();
    freed.free();
    const same = pair.dup();
    same.barrier();
    // Nothing of one communicator is another's.
    pair.send('good', 1, 28);
  }
} else if (rank === 1) {
  const pair = comm.createGroup(comm.group().include([0, 1]));
  for (let i = 0; i < 1000; i++) pair.recv(0, 26);
  pair.barrier();
  const freed = pair.dup();
  freed.barrier();
  freed.free();
  const same = pair.dup();
  same.barrier();
  if (same.iprobe() !== null) throw new Error('a message of another communicator');
  pair.recv(0, 28);
}
