/** MPI 4.1 §9.3: the cases of test/mpi/errors. Where MPI leaves the class of an error open, it is the one that docs/comm.md names. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BAND,
  createAttributeKey,
  File,
  Status,
  SUM,
  waitAll,
  waitAny,
  Window,
  type Communicator,
} from 'flotilla';
import { conforms, integers, upTo } from '../cases.ts';
import { refuses } from '../../harness/cases.ts';

conforms('errors/coll/noalias', (comm) => {
  const array = new Int32Array(comm.size);
  refuses('ERR_BUFFER', () => comm.Allreduce(array, array, SUM));
  if (comm.rank === 0) refuses('ERR_BUFFER', () => comm.Reduce(array, array, SUM, 0));
  comm.Reduce(array, comm.rank === 0 ? new Int32Array(comm.size) : null, SUM, 0);
  refuses('ERR_BUFFER', () => comm.Scan(array, array, SUM));
});

conforms('errors/coll/noalias2', (comm) => {
  const data = new Int32Array(2 * comm.size);
  const blocks = { data, counts: upTo(comm.size).map(() => 2) };
  refuses('ERR_BUFFER', () => comm.Alltoall(data, data));
  refuses('ERR_BUFFER', () => comm.Alltoallv(blocks, blocks));
  refuses('ERR_BUFFER', () => comm.Allgather(data.subarray(0, 2), data));
  refuses('ERR_BUFFER', () => comm.Allgatherv(data.subarray(0, 2), blocks));
});

conforms('errors/coll/rerr', (comm) => {
  // An operation that these elements do not have.
  const mine = new Float64Array(1);
  refuses('ERR_OP', () => comm.Reduce(mine, comm.rank === 0 ? new Float64Array(1) : null, BAND, 0));
});

conforms('errors/comm/cfree', (comm) => {
  const duplicate = comm.dup();
  duplicate.free();
  refuses('ERR_COMM', () => duplicate.barrier());
  refuses('ERR_COMM', () => duplicate.Allgather(new Int32Array(1), new Int32Array(comm.size)));
  refuses('ERR_COMM', () => duplicate.free());
});

conforms(
  'errors/comm/ccreate1',
  (comm) => {
    // Groups with members that the communicator has not.
    const { rank, size } = comm;
    const odd = comm.group().include(upTo(size).filter((r) => r % 2 === 1));
    const parity = comm.split(rank % 2)!;
    if (rank % 2 === 0) refuses('ERR_GROUP', () => parity.create(odd));
    else parity.create(odd)!.free();
    refuses('ERR_GROUP', () => parity.create(comm.group()));
    parity.free();
  },
  2,
);

conforms('errors/comm/userdup', (comm) => {
  // What a rule of an attribute throws arrives as it is.
  const mine = new RangeError('my error class');
  const key = createAttributeKey<number>({
    onDup: () => {
      throw mine;
    },
  });
  const duplicate = comm.dup();
  duplicate.setAttribute(key, 1);
  assert.throws(
    () => duplicate.dup(),
    (error) => error === mine,
  );
  duplicate.free();
});

conforms('errors/group/gerr', (comm) => {
  const group = comm.group();
  refuses('ERR_RANK', () => group.include([comm.size]));
  refuses('ERR_RANK', () => group.include([0, 0]));
  refuses('ERR_RANK', () => group.exclude([-1]));
});

conforms('errors/topo/cartsmall', (comm) => {
  refuses('ERR_DIMS', () => comm.cart([comm.size, comm.size + 1]));
});

const LENGTHS = [2, 64, 100_000];

for (const [name, receive] of [
  [
    'errors/pt2pt/truncmsg1',
    (comm: Communicator, array: Int32Array, tag: number) => comm.Recv(array, 0, tag),
  ],
  [
    'errors/pt2pt/truncmsg_mrecv',
    (comm: Communicator, array: Int32Array, tag: number) => {
      const message = comm.mprobe(0, tag);
      try {
        message.Recv(array);
      } catch (error) {
        // It stays to be received.
        message.Recv(new Int32Array(message.status.count(4)));
        throw error;
      }
    },
  ],
] as const) {
  conforms(
    name,
    (comm) => {
      const last = comm.size - 1;
      LENGTHS.forEach((length, tag) => {
        if (comm.rank === 0) comm.Send(new Int32Array(length), last, tag);
        if (comm.rank !== last) return;
        refuses('ERR_TRUNCATE', () => receive(comm, new Int32Array(length - 1), tag));
      });
      // The next message is not harmed.
      if (comm.rank === 0)
        comm.Send(
          integers(10, (i) => i),
          last,
          9,
        );
      if (comm.rank !== last) return;
      const got = new Int32Array(10);
      comm.Recv(got, 0, 9);
      got.forEach((x, i) => assert.equal(x, i));
    },
    2,
  );
}

conforms('errors/pt2pt/proberank', (comm) => {
  refuses('ERR_RANK', () => comm.probe(-80, 1));
  refuses('ERR_RANK', () => comm.iprobe(comm.size, 1));
});

/** Two receives, the second too short for what comes. */
function oneFails(name: string, complete: (good: Pending, bad: Pending) => void): void {
  conforms(
    name,
    (comm) => {
      if (comm.rank === 1) {
        comm.recv(0, 100);
        comm.Send(new Int32Array(10).fill(7), 0, 0);
        comm.Send(new Int32Array(20), 0, 10);
      }
      if (comm.rank !== 0) return;
      const [first, second] = [new Int32Array(10), new Int32Array(10)];
      const good = comm.Irecv(first, 1, 0);
      const bad = comm.Irecv(second, 1, 10);
      comm.send('go', 1, 100);
      complete(good, bad);
      assert.ok(first.every((x) => x === 7));
      const status = new Status();
      good.wait(status);
      assert.deepEqual([status.source, status.tag, status.count(4)], [1, 0, 10]);
    },
    2,
  );
}
type Pending = ReturnType<Communicator['Irecv']>;

oneFails('errors/pt2pt/errinstatwa', (good, bad) => refuses('ERR_TRUNCATE', () => waitAll([good, bad])));
oneFails('errors/pt2pt/errinstatws', (good, bad) => {
  // The error is told by the request itself: waitAny and its kin only say which are complete.
  assert.deepEqual([waitAny([good, bad]), waitAny([good, bad])].sort(), [0, 1]);
  refuses('ERR_TRUNCATE', () => bad.wait());
});

/** A case with a window of one integer. */
function withWindow(name: string, body: (window: Window<Int32Array>, comm: Communicator) => void): void {
  conforms(name, (comm) => {
    const window = Window.allocate(comm, Int32Array, 1);
    body(window, comm);
    comm.barrier();
    window.free();
  });
}
const one = () => new Int32Array(1);

withWindow('errors/rma/win_sync_op', (window) => refuses('ERR_RMA_SYNC', () => window.get(one(), 0)));
withWindow('errors/rma/win_sync_unlock', (window) => refuses('ERR_RMA_SYNC', () => window.unlock(0)));
withWindow('errors/rma/win_sync_lock_pt', (window) => {
  window.lock(0, 'shared');
  refuses('ERR_RMA_SYNC', () => window.lock(0, 'shared'));
  window.unlock(0);
});
withWindow('errors/rma/win_sync_free_pt', (window) => {
  window.lock(0, 'shared');
  refuses('ERR_RMA_SYNC', () => window.free());
  window.unlock(0);
});
withWindow('errors/rma/win_sync_lock_fence', (window) => {
  window.fence();
  window.lock(0, 'shared');
  window.get(one(), 0);
  window.unlock(0);
  // The lock has ended the epoch of the fence.
  refuses('ERR_RMA_SYNC', () => window.get(one(), 0));
  window.fence();
});
withWindow('errors/rma/winerr', (window, comm) => {
  window.fence();
  refuses('ERR_RANK', () => window.put(one(), comm.size));
  refuses('ERR_RANK', () => window.put(one(), -5));
  refuses('ERR_RMA_RANGE', () => window.put(one(), 0, 1));
  refuses('ERR_DISP', () => window.put(one(), 0, -1));
  window.fence();
});
type Integers = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

conforms('errors/rma/cas_type_check', (comm) => {
  for (const Kind of [Int8Array, Int16Array, Int32Array, Uint8Array, Uint16Array, Uint32Array]) {
    const window = Window.allocate<Integers>(comm, Kind, 1);
    window.lockAll();
    for (let i = 0; i < 10; i++) assert.equal(window.compareAndSwap(0, 0, 0), 0);
    window.unlockAll();
    window.free();
  }
  for (const Kind of [Float32Array, Float64Array]) {
    const window = Window.allocate<Float32Array | Float64Array>(comm, Kind, 1);
    window.lockAll();
    refuses('ERR_TYPE', () => window.compareAndSwap(0, 0, 0));
    window.unlockAll();
    window.free();
  }
});

/** A case with a path in a folder of its own. */
function withPath(name: string, body: (comm: Communicator, path: string) => void): void {
  conforms(name, (comm) => {
    const folder = comm.bcast(comm.rank === 0 ? mkdtempSync(join(tmpdir(), 'flotilla-conf-')) : '');
    body(comm, join(folder, 'file'));
    comm.barrier();
    if (comm.rank === 0) rmSync(folder, { recursive: true });
  });
}

withPath('errors/io/openerr', (comm, path) => {
  refuses('ERR_NO_SUCH_FILE', () => File.open(comm, path));
  const file = File.open(comm, path, 'w');
  file.writeAt(new Uint8Array(10).fill(65 + comm.rank), 10 * comm.rank);
  file.close();
  const again = File.open(comm, path, 'r', { deleteOnClose: true });
  const got = new Uint8Array(10);
  assert.equal(again.readAt(got, 10 * comm.rank), 10);
  assert.ok(got.every((x) => x === 65 + comm.rank));
  refuses('ERR_READ_ONLY', () => again.writeAt(got, 0));
  again.close();
  comm.barrier();
  assert.ok(!existsSync(path));
});

withPath('errors/io/fileerrret', (comm, path) =>
  // Errors of files are returned where they happen: nothing ends.
  refuses('ERR_NO_SUCH_FILE', () => File.open(comm, path, 'r+')),
);
