/** MPI 4.1 §11.8: the cases of test/mpi/spawn. The children do as test/conformance/child.ts says. */
import assert from 'node:assert/strict';
import { libraryVersion, self, SUM, type Communicator, type Intercommunicator } from 'flotilla';
import { conforms, upTo } from '../cases.ts';

const CHILD = new URL('../child.ts', import.meta.url);
const version = /MPICH Version:\s*(\d+)\.(\d+)/.exec(libraryVersion());
const old = version !== null && (Number(version[1]) < 4 || (version[1] === '4' && Number(version[2]) < 2));
const beyond = old ? 'MPICH before 4.2 cannot start processes over UCX; `spawn` says so.' : undefined;

function spawns(name: string, body: (comm: Communicator) => void): void {
  conforms(name, body, 1, beyond);
}

/** Children that are asked for their rank; each tells it, and the arguments that it got. */
function told(comm: Communicator, inter: Intercommunicator, np: number): string[][] {
  assert.deepEqual([inter.remoteSize, inter.size, inter.rank], [np, comm.size, comm.rank]);
  if (inter.rank !== 0) return [];
  for (const i of upTo(np)) inter.send(i, i, 0);
  return upTo(np).map((i) => inter.recv<string[]>(i, 1));
}

spawns('spawn/spawn1', (comm) => {
  const inter = comm.spawn(CHILD, ['tell'], 2);
  told(comm, inter, 2);
  inter.disconnect();
});

spawns('spawn/spawn2', (comm) => {
  // Twice; the second time while the first children are there.
  const both = [comm.spawn(CHILD, ['tell'], 2), comm.spawn(CHILD, ['tell'], 2)];
  for (const inter of both) told(comm, inter, 2);
  for (const inter of both) inter.disconnect();
});

spawns('spawn/spawnargv', (comm) => {
  const args = ['a', 'b=c', 'd e', '-pf', ' Ss'];
  const inter = comm.spawn(CHILD, ['tell', ...args], 2);
  for (const got of told(comm, inter, 2)) assert.deepEqual(got, args);
  inter.disconnect();
});

spawns('spawn/spawnmanyarg', (comm) => {
  const args = Array<string>(256).fill('01234567');
  const inter = comm.spawn(CHILD, ['tell', ...args], 2);
  for (const got of told(comm, inter, 2)) assert.deepEqual(got, args);
  inter.disconnect();
});

spawns('spawn/spawn_rootargs', (comm) => {
  // The others' arguments do not count.
  const root = comm.size - 1;
  const inter =
    comm.rank === root ? comm.spawn(CHILD, ['tell', 'x'], 2, root) : comm.spawn('none', [], -7, root);
  for (const got of told(comm, inter, 2)) assert.deepEqual(got, ['x']);
  inter.disconnect();
});

spawns('spawn/spawnintra', (comm) => {
  const inter = comm.spawn(CHILD, ['merge'], 2);
  const all = inter.merge(false);
  assert.deepEqual([all.size, all.rank], [comm.size + 2, comm.rank]);
  assert.deepEqual(all.allgather(comm.rank), [...upTo(comm.size), 0, 1]);
  assert.equal(all.allreduce(1, SUM), comm.size + 2);
  all.disconnect();
  inter.disconnect();
});

spawns('spawn/disconnect', (comm) => {
  const inter = comm.spawn(CHILD, ['leave'], 3);
  assert.equal(inter.remoteSize, 3);
  inter.disconnect();
  assert.throws(() => inter.barrier(), { code: 'ERR_COMM' });
});

spawns('spawn/disconnect2', (comm) => {
  const inter = comm.spawn(CHILD, ['echo'], 3);
  if (comm.rank === 0) {
    inter.send(123, 1, 100);
    assert.equal(inter.recv(1, 100), 123);
  }
  inter.disconnect();
});

spawns('spawn/spaiccreate', (comm) => {
  // One rank has spawned; then all of the world meet the children.
  const few = comm.rank === 0 ? self().spawn(CHILD, ['meet'], 2) : null;
  const bridge = few?.merge(false) ?? null;
  const inter = comm.createIntercomm(0, bridge, 1, 123);
  assert.deepEqual([inter.size, inter.remoteSize], [comm.size, 2]);
  inter.send(comm.rank, 1, comm.rank);
  inter.barrier();
  inter.disconnect();
  bridge?.disconnect();
  few?.disconnect();
});

spawns('spawn/concurrent_spawns', (comm) => {
  // Every rank spawns for itself, at the same time as the others.
  if (comm.rank > 1) return;
  const inter = self().spawn(CHILD, ['tell', String(comm.rank)], 1);
  assert.deepEqual(told(self(), inter, 1), [[String(comm.rank)]]);
  inter.disconnect();
});

spawns('spawn/taskmanager', (comm) => {
  // One after another, each with a task, two at a time.
  const window: Intercommunicator[] = [];
  const end = (inter: Intercommunicator) => {
    if (comm.rank === 0) {
      inter.send('end', 0, 0);
      inter.recv(0, 1);
    }
    inter.disconnect();
  };
  for (let task = 0; task < 4; task++) {
    window.push(comm.spawn(CHILD, ['tell'], 1));
    if (window.length === 2) end(window.shift()!);
  }
  window.forEach(end);
});
