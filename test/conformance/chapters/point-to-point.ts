/** MPI 4.1 §3: the cases of test/mpi/pt2pt. */
import assert from 'node:assert/strict';
import {
  ANY_SOURCE,
  ANY_TAG,
  PROC_NULL,
  self,
  startAll,
  Status,
  strided,
  testAll,
  testAny,
  testSome,
  waitAll,
  waitAny,
  waitSome,
  type Request,
} from 'flotilla';
import { conforms, everyKind, integers, upTo } from '../cases.ts';

const isEmpty = ({ source, tag, bytes, cancelled }: Status) =>
  assert.deepEqual([source, tag, bytes, cancelled], [PROC_NULL, ANY_TAG, 0, false]);
function pattern(n: number): Uint8Array {
  const bytes = new Uint8Array(n);
  for (let j = 0; j < n; j++) bytes[j] = j % 100;
  return bytes;
}

conforms('pt2pt/sendself', (comm) => {
  for (const n of [1, 100, 10_000, 100_000]) {
    const mine = integers(n, (i) => i + comm.rank);
    for (const send of ['Send', 'Ssend', 'Isend', 'Issend'] as const) {
      const got = new Int32Array(n);
      const request = comm.Irecv(got, comm.rank, 0);
      comm[send](mine, comm.rank, 0)?.wait();
      request.wait();
      assert.deepEqual(got, mine);
    }
  }
});

conforms('pt2pt/isendself', (comm) => {
  const [one, two] = [new Int32Array(2), new Int32Array(2)];
  const sends = [
    comm.Isend(Int32Array.of(1, 2), comm.rank, 1),
    comm.Isend(Int32Array.of(3, 4), comm.rank, 2),
  ];
  const receives = [comm.Irecv(two, comm.rank, 2), comm.Irecv(one, comm.rank, 1)];
  waitAll([...receives, ...sends]);
  assert.deepEqual([...one, ...two], [1, 2, 3, 4]);
});

conforms('pt2pt/isendselfprobe', (comm) => {
  if (comm.rank !== 0) return;
  const request = comm.Isend(Int32Array.of(123), 0, 0);
  let status = comm.iprobe(0, 0);
  while (status === null) status = comm.iprobe(0, 0);
  assert.equal(status.count(4), 1);
  const got = new Int32Array(1);
  comm.Recv(got, 0, 0);
  assert.equal(got[0], 123);
  request.wait();
});

conforms('pt2pt/sendrecv1', (comm) =>
  everyKind(comm, (each) => {
    if (each.size < 2) return;
    for (const [source, dest] of [
      [0, each.size - 1],
      [each.size - 1, 0],
    ] as const) {
      for (const n of [1, 511, 512, 64_000]) {
        if (each.rank === source)
          each.Send(
            integers(n, (i) => i),
            dest,
            0,
          );
        if (each.rank !== dest) continue;
        // Room for more than comes: only what was sent changes.
        const got = new Int32Array(n + 4).fill(-1);
        each.Recv(got, source, 0);
        got.forEach((x, i) => assert.equal(x, i < n ? i : -1));
      }
    }
  }),
);

conforms(
  'pt2pt/sendrecv2',
  (comm) => {
    // A strided layout arrives contiguous, and the other way round.
    const [rows, columns] = [7, 5];
    const matrix = integers(rows * columns, (i) => i);
    const column = strided(matrix, { offset: 2, shape: [rows], strides: [columns] });
    if (comm.rank === 0) comm.Send(column, 1, 1);
    if (comm.rank === 1) {
      const got = new Int32Array(rows);
      comm.Recv(got, 0, 1);
      assert.deepEqual(
        got,
        integers(rows, (i) => i * columns + 2),
      );
    }
    if (comm.rank === 0)
      comm.Send(
        integers(rows, (i) => -i - 1),
        1,
        2,
      );
    if (comm.rank === 1) {
      comm.Recv(column, 0, 2);
      assert.ok(matrix.every((x, i) => x === (i % columns === 2 ? -Math.floor(i / columns) - 1 : i)));
    }
  },
  2,
);

conforms('pt2pt/sendrecv3', (comm) => {
  // Head to head: all send many messages before anyone receives.
  const other = comm.size - 1 - comm.rank;
  for (const n of [1, 8, 64, 512]) {
    const buffers = upTo(10).map((i) => integers(n, (j) => comm.rank * 1000 + i * 10 + (j % 10)));
    const requests = buffers.map((buffer, i) => comm.Isend(buffer, other, i));
    for (const i of upTo(10).reverse()) {
      const got = new Int32Array(n);
      comm.Recv(got, other, i);
      assert.deepEqual(
        got,
        integers(n, (j) => other * 1000 + i * 10 + (j % 10)),
      );
    }
    waitAll(requests);
  }
});

conforms('pt2pt/isendirecv', (comm) => {
  const elements = 4096;
  const into = new Float32Array(elements * comm.size);
  const from = new Float32Array(elements * comm.size).fill(comm.rank + 1);
  const piece = (array: Float32Array, i: number) => array.subarray(elements * i, elements * (i + 1));
  const receives = upTo(comm.size).map((i) => comm.Irecv(piece(into, i), i, 0));
  const sends = upTo(comm.size).map((i) => comm.Isend(piece(from, i), i, 0));
  waitAll([...receives, ...sends]);
  into.forEach((x, i) => assert.equal(x, Math.floor(i / elements) + 1));
});

conforms('pt2pt/isendrecv', (comm) => {
  // One for each rank; what comes is from the same or from another one than it goes to.
  const { rank, size } = comm;
  const n = 20;
  const element = (from: number, to: number, j: number) => from * 10_000 + to * 100 + j;
  for (let offset = 0; offset < Math.max(1, size - 1); offset++) {
    const got = upTo(size).map(() => new Float32Array(n).fill(-1));
    const requests = got.map((_, i) => {
      const from = (i + offset) % size;
      const sent = Float32Array.from({ length: n }, (_element, j) => element(rank, i, j));
      return comm.Isendrecv(sent, i, 0, got[from]!, from, 0);
    });
    waitAll(requests);
    got.forEach((array, i) => assert.ok(array.every((x, j) => x === element(i, rank, j))));
  }
});

conforms('pt2pt/isendrecv_replace', (comm) => {
  for (const n of [1, 1000, 100_000]) {
    const array = new Int32Array(n).fill(comm.rank);
    const next = (comm.rank + 1) % comm.size;
    const previous = (comm.rank + comm.size - 1) % comm.size;
    comm.SendrecvReplace(array, next, 10, previous, 10);
    assert.ok(array.every((x) => x === previous));
    comm.IsendrecvReplace(array.fill(comm.rank), next, 10, previous, 10).wait();
    assert.ok(array.every((x) => x === previous));
  }
});

conforms('pt2pt/sendall', (comm) => {
  for (let n = 1; n <= 1024; n += n) {
    for (let run = 0; run < 3; run++) {
      comm.barrier();
      const others = upTo(comm.size).filter((i) => i !== comm.rank);
      const buffers = others.map(() => new Int32Array(n));
      const requests = others.map((i, at) => comm.Irecv(buffers[at]!, i, ANY_TAG));
      for (const i of others) comm.Send(new Int32Array(n).fill(comm.rank), i, 0);
      waitAll(requests);
      buffers.forEach((buffer, at) => assert.ok(buffer.every((x) => x === others[at])));
    }
  }
});

conforms(
  'pt2pt/sendflood',
  (comm) => {
    for (let round = 0; round < 20; round++) {
      const requests: Request<void>[] = [];
      if (comm.rank > 0)
        for (const i of upTo(50))
          requests.push(
            comm.Isend(
              integers(10, () => i),
              0,
              i,
            ),
          );
      else
        for (const i of upTo(50 * (comm.size - 1))) {
          const status = new Status();
          const got = new Int32Array(10);
          comm.Recv(got, ANY_SOURCE, ANY_TAG, status);
          assert.ok(
            got.every((x) => x === status.tag),
            String(i),
          );
        }
      waitAll(requests);
      comm.barrier();
    }
  },
  2,
);

conforms(
  'pt2pt/anyall',
  (comm) => {
    const most = 30;
    if (comm.rank === 0) {
      comm.barrier();
      for (const i of upTo(most))
        comm.Send(
          integers(most - i, (j) => i * most + j),
          1,
          3,
        );
      return;
    }
    if (comm.rank !== 1) {
      comm.barrier();
      return;
    }
    const buffers = upTo(most).map((i) => new Int32Array(most - i).fill(-1));
    const requests = buffers.map((buffer) => comm.Irecv(buffer));
    comm.barrier();
    for (let seen = 0; seen < most; seen++) {
      const index = waitAny(requests)!;
      const status = new Status();
      requests[index]!.wait(status);
      assert.equal(status.count(4), most - index);
      buffers[index]!.forEach((x, j) => assert.equal(x, index * most + j));
    }
    assert.equal(waitAny(requests), undefined);
  },
  2,
);

conforms(
  'pt2pt/recv_any',
  (comm) => {
    for (const tag of upTo(16)) {
      if (comm.rank === 1)
        for (let round = 0; round < 2; round++)
          comm.Send(
            integers(2000, (i) => i + 1),
            0,
            tag,
          );
      if (comm.rank !== 0) continue;
      for (const blocking of [false, true]) {
        const got = new Int32Array(2000);
        const status = new Status();
        if (blocking) comm.Recv(got, ANY_SOURCE, tag, status);
        else comm.Irecv(got, ANY_SOURCE, tag).wait(status);
        assert.equal(status.source, 1);
        assert.ok(got.every((x, i) => x === i + 1));
      }
    }
  },
  2,
);

conforms('pt2pt/many_isend', (comm) => {
  for (let round = 0; round < 5; round++) {
    comm.barrier();
    const mine = new Int32Array(16).fill(comm.rank);
    const sends = upTo(comm.size).map((i) => comm.Isend(mine, i, 0));
    for (let i = 0; i < comm.size; i++) {
      const got = new Int32Array(16).fill(-1);
      const status = new Status();
      comm.Recv(got, ANY_SOURCE, ANY_TAG, status);
      assert.ok(got.every((x) => x === status.source));
    }
    waitAll(sends);
  }
});

conforms(
  'pt2pt/manylmt',
  (comm) => {
    // Many long messages at once, received in the opposite order.
    const n = 80_000;
    if (comm.rank === 0) waitAll(upTo(20).map((i) => comm.Isend(new Float64Array(n).fill(i), 1, i)));
    if (comm.rank !== 1) return;
    for (const i of upTo(20).reverse()) {
      const got = new Float64Array(n);
      comm.Recv(got, 0, i);
      assert.ok(got.every((x) => x === i));
    }
  },
  2,
);

conforms(
  'pt2pt/pingping',
  (comm) => {
    const [source, dest] = [0, comm.size - 1];
    for (const n of [0, 1, 100, 10_000]) {
      for (let k = 1; k < 30; k++) {
        if (comm.rank === source)
          comm.Send(
            integers(n, (i) => i * k),
            dest,
            0,
          );
        if (comm.rank !== dest) continue;
        const got = new Int32Array(n + 1).fill(-1);
        comm.Recv(got, source, 0);
        assert.deepEqual(
          got.subarray(0, n),
          integers(n, (i) => i * k),
        );
        assert.equal(got[n], -1);
      }
      comm.barrier();
    }
  },
  2,
);

conforms('pt2pt/probenull', (comm) => {
  isEmpty(comm.iprobe(PROC_NULL, 10)!);
  isEmpty(comm.probe(PROC_NULL, 10));
});

conforms('pt2pt/recvnull', (comm) => {
  const buffer = Int32Array.of(7);
  const status = new Status();
  status.source = 3;
  comm.Recv(buffer, PROC_NULL, ANY_TAG, status);
  isEmpty(status);
  comm.Irecv(buffer, PROC_NULL, 1).wait(status);
  isEmpty(status);
  comm.Sendrecv(Int32Array.of(1), PROC_NULL, 0, buffer, PROC_NULL, 0, status);
  isEmpty(status);
  assert.equal(buffer[0], 7);
});

conforms(
  'pt2pt/probe_unexp',
  (comm) => {
    // Messages of 2^0 … 2^22 bytes that are there before anyone asks.
    if (comm.rank > 1) return;
    const other = 1 - comm.rank;
    for (let power = 0; power <= 22; power += 2) {
      const sends = upTo(3).map((i) => comm.Isend(pattern(2 ** power), other, i));
      for (const i of [2, 0, 1]) {
        const status = comm.probe(other, i);
        assert.equal(status.count(), 2 ** power);
        const got = new Uint8Array(2 ** power);
        comm.Recv(got, status.source, status.tag, status);
        assert.equal(status.count(), 2 ** power);
        assert.equal(Buffer.compare(got, pattern(2 ** power)), 0);
      }
      waitAll(sends);
    }
  },
  2,
);

conforms(
  'pt2pt/mprobe',
  (comm) => {
    if (comm.rank > 1) return;
    const words = Uint32Array.of(0xdeadbeef, 0xfeedface);
    const large = integers(256 * 256, (i) => i);
    const field = integers(64 * 64, (i) => i);
    const block = strided(field, { shape: [64, 63], strides: [64, 1] });
    if (comm.rank === 0) {
      for (let way = 0; way < 4; way++) comm.Send(words, 1, 5);
      comm.Ssend(words, 1, 5);
      comm.Send(large, 1, 5);
      comm.Send(block, 1, 5);
      waitAll([comm.Isend(Uint32Array.of(1, 2, 3, 4), 1, 6), comm.Isend(words, 1, 6)]);
      return;
    }
    const check = (source: { readonly source: number; readonly tag: number }) =>
      assert.deepEqual([source.source, source.tag], [0, 5]);
    for (const way of upTo(5)) {
      const polls = way === 2 || way === 3;
      let message = polls ? comm.improbe(0, 5) : comm.mprobe(0, 5);
      while (message === null) message = comm.improbe(0, 5);
      check(message.status);
      assert.equal(message.status.count(4), 2);
      const got = new Uint32Array(2);
      if (way % 2 === 1) message.Irecv(got).wait();
      else message.Recv(got);
      assert.deepEqual(got, words);
    }
    const long = comm.mprobe(0, 5);
    const got = new Int32Array(long.status.count(4));
    long.Recv(got);
    assert.deepEqual(got, large);
    const packed = new Int32Array(64 * 63);
    comm.mprobe(0, 5).Recv(packed);
    packed.forEach((x, i) => assert.equal(x, Math.floor(i / 63) * 64 + (i % 63)));
    // Received in the opposite order of the probes.
    const [first, second] = [comm.mprobe(0, 6), comm.mprobe(0, 6)];
    const [two, four] = [new Uint32Array(2), new Uint32Array(4)];
    second.Recv(two);
    first.Recv(four);
    assert.deepEqual([...two, ...four], [...words, 1, 2, 3, 4]);
    const nobody = comm.mprobe(PROC_NULL, 5);
    isEmpty(nobody.status);
    nobody.Recv(two);
    assert.deepEqual(two, words);
    comm.improbe(PROC_NULL, 5)!.Irecv(two).wait();
    assert.deepEqual(two, words);
  },
  2,
);

conforms(
  'pt2pt/cancelrecv',
  (comm) => {
    const n = 65_536;
    if (comm.rank === 0) {
      const buffers = upTo(3).map(() => new Int32Array(n).fill(-1));
      const requests = buffers.map((buffer, tag) => comm.Irecv(buffer, 1, tag));
      comm.barrier();
      requests[1]!.cancel();
      comm.barrier();
      const cancelled = requests.map((request) => {
        const status = new Status();
        request.wait(status);
        return status.cancelled;
      });
      assert.deepEqual(cancelled, [false, true, false]);
      assert.deepEqual(
        buffers.map((buffer) => buffer[n - 1]),
        [5, -1, 6],
      );
    } else {
      comm.barrier();
      comm.barrier();
      if (comm.rank !== 1) return;
      comm.Send(new Int32Array(n).fill(5), 0, 0);
      comm.Isend(new Int32Array(n).fill(6), 0, 2).wait();
    }
  },
  2,
);

conforms('pt2pt/cancelanysrc', (comm) => {
  const request = comm.Irecv(new Int32Array(1), ANY_SOURCE, 4);
  request.cancel();
  const status = new Status();
  request.wait(status);
  assert.equal(status.cancelled, true);
});

conforms('pt2pt/rcancel', (comm) => {
  // A cancelled receive takes no message: the next one gets it.
  const cancelled = comm.Irecv(new Int32Array(1), comm.rank, 9);
  cancelled.cancel();
  cancelled.wait();
  comm.Send(Int32Array.of(11), comm.rank, 9);
  const got = new Int32Array(1);
  comm.Recv(got, comm.rank, 9);
  assert.equal(got[0], 11);
});

conforms('pt2pt/waittestnull', () => {
  assert.deepEqual(waitAll([null, null]), [undefined, undefined]);
  assert.equal(testAll([null, null]), true);
  assert.equal(waitAny([null]), undefined);
  assert.equal(testAny([null]), undefined);
  assert.equal(waitSome([null]), undefined);
  assert.equal(testSome([null]), undefined);
});

conforms('pt2pt/waitany_null', (comm) => {
  const requests: (Request<void> | null)[] = [null, comm.Irecv(new Int32Array(1), comm.rank, 2), null];
  comm.Send(Int32Array.of(1), comm.rank, 2);
  assert.equal(waitAny(requests), 1);
  assert.equal(waitAny(requests), undefined);
  assert.equal(waitAny([]), undefined);
});

conforms('pt2pt/inactivereq', (comm) => {
  const inactive = (request: Request<void>) => {
    assert.equal(request.test(), true);
    const status = new Status();
    status.tag = 10;
    request.wait(status);
    assert.deepEqual([status.source, status.tag, status.bytes], [ANY_SOURCE, ANY_TAG, 0]);
    assert.equal(waitAny([request]), undefined);
  };
  const send = comm.SendInit(new Int32Array(10), 0, 27);
  inactive(send);
  const receives = comm.rank === 0 ? upTo(comm.size).map((i) => comm.Irecv(new Int32Array(10), i, 27)) : [];
  send.start();
  send.wait();
  waitAll(receives);
  inactive(send);
  send.free();
  for (const source of [0, ANY_SOURCE]) {
    const receive = comm.RecvInit(new Int32Array(10), source, 27);
    inactive(receive);
    receive.free();
  }
  const nobody = [comm.RecvInit(new Int32Array(10), PROC_NULL), comm.SendInit(new Int32Array(10), PROC_NULL)];
  startAll(nobody);
  waitAll(nobody);
  for (const request of nobody) request.free();
});

conforms(
  'pt2pt/pssend',
  (comm) => {
    const request = comm.rank === 0 ? comm.SsendInit(new Int32Array(0), 1, 0) : undefined;
    request?.start();
    assert.notEqual(request?.test(), true);
    comm.barrier();
    if (comm.rank === 1) comm.Recv(new Int32Array(0), 0, 0);
    request?.wait();
    request?.free();
  },
  2,
);

conforms(
  'pt2pt/precv_anysrc',
  (comm) => {
    for (const n of [100, 1000, 100_000]) {
      if (comm.rank === 0) {
        const got = new Uint8Array(n);
        const request = comm.RecvInit(got, ANY_SOURCE, ANY_TAG);
        comm.barrier();
        request.start();
        request.wait();
        request.free();
        assert.equal(Buffer.compare(got, pattern(n)), 0);
      } else {
        const request = comm.rank === 1 ? comm.Isend(pattern(n), 0, 1) : undefined;
        comm.barrier();
        request?.wait();
      }
      comm.barrier();
    }
  },
  2,
);

conforms(
  'pt2pt/rqfree',
  (comm) => {
    if (comm.rank === 0) {
      comm.barrier();
      for (const i of upTo(4)) {
        const smsg = Int32Array.of(10 + i);
        if (i % 2 === 0) comm.Isend(smsg, 1, i).free();
        else comm.Issend(smsg, 1, i).free();
      }
      comm.Isend(new Int32Array(100_000).fill(3), 1, 5).wait();
      return;
    }
    if (comm.rank !== 1) {
      comm.barrier();
      return;
    }
    const got = upTo(4).map(() => new Int32Array(1));
    const large = new Int32Array(100_000);
    const requests = [...got.map((array, i) => comm.Irecv(array, 0, i)), comm.Irecv(large, 0, 5)];
    comm.barrier();
    waitAll(requests);
    assert.deepEqual(
      got.map((array) => array[0]),
      [10, 11, 12, 13],
    );
    assert.ok(large.every((x) => x === 3));
  },
  2,
);

conforms(
  'pt2pt/rqstatus',
  (comm) => {
    const [source, dest] = [0, comm.size - 1];
    const got = new Int32Array(2);
    const request = comm.rank === dest ? comm.Irecv(got, source, 10) : undefined;
    if (comm.rank === source) comm.Ssend(Int32Array.of(comm.size, 3), dest, 10);
    comm.barrier();
    if (!request) return;
    while (!request.test());
    const status = new Status();
    request.wait(status);
    assert.deepEqual([status.source, status.tag, status.count(4)], [source, 10, 2]);
    assert.deepEqual(got, Int32Array.of(comm.size, 3));
  },
  2,
);

conforms(
  'pt2pt/large_tag',
  (comm) => {
    // From the upper bound downwards; 32767 is what every MPI has.
    for (const x of upTo(8)) {
      if (comm.rank === 0)
        comm.Send(
          integers(4, (i) => x * 4 + i),
          1,
          32_767 - x,
        );
      if (comm.rank !== 1) continue;
      const got = new Int32Array(4);
      comm.Recv(got, 0, 32_767 - x);
      assert.deepEqual(
        got,
        integers(4, (i) => x * 4 + i),
      );
    }
  },
  2,
);

conforms('pt2pt/eagerdt', (comm) => {
  // Many strided messages before anyone asks for them.
  const [source, dest] = [0, comm.size - 1];
  const every = strided(
    integers(1000, (i) => i),
    { shape: [250], strides: [4] },
  );
  const sends = comm.rank === source ? upTo(20).map((i) => comm.Isend(every, dest, i)) : [];
  comm.barrier();
  for (const i of comm.rank === dest ? upTo(20) : []) {
    const got = new Int32Array(250);
    comm.Recv(got, source, i);
    got.forEach((x, at) => assert.equal(x, 4 * at));
  }
  waitAll(sends);
});

conforms('pt2pt/issendselfcancel', () => {
  const comm = self();
  const request = comm.Issend(new Uint8Array(0), 0, 123);
  const status = comm.probe();
  assert.deepEqual([status.source, status.tag], [0, 123]);
  const receive = comm.Irecv(new Uint8Array(0), 0, 123);
  // Too late for both: they have matched.
  receive.cancel();
  receive.wait(status);
  assert.equal(status.cancelled, false);
  request.wait();
});
