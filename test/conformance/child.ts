/** What the spawn chapter starts: does as its first argument says, with its parents. */
import assert from 'node:assert/strict';
import { parent, SUM, world } from 'flotilla';

const up = parent();
if (up === null) throw new Error('started by nobody');
const comm = world();
const [what, ...args] = process.argv.slice(2);

switch (what) {
  case 'tell': {
    const word = up.recv(0, 0);
    if (typeof word === 'number') assert.equal(word, comm.rank);
    up.send(args, 0, 1);
    break;
  }
  case 'merge': {
    const all = up.merge(true);
    assert.equal(all.rank, up.remoteSize + comm.rank);
    all.allgather(comm.rank);
    all.allreduce(1, SUM);
    all.disconnect();
    break;
  }
  case 'leave':
    break;
  case 'echo':
    if (comm.rank === 1) up.send(up.recv(0, 100), 0, 100);
    break;
  case 'meet': {
    const bridge = up.merge(true);
    const inter = comm.createIntercomm(0, bridge, 0, 123);
    if (comm.rank === 1) for (let i = 0; i < inter.remoteSize; i++) assert.equal(inter.recv(i, i), i);
    inter.barrier();
    inter.disconnect();
    bridge.disconnect();
    break;
  }
  default:
    throw new Error(`child does not know ${String(what)}`);
}
up.disconnect();
