/** MPI 4.1 §12: the cases of test/mpi/rma, where the suite repeats thousands of times fewer times. */
import assert from 'node:assert/strict';
import {
  MIN,
  NO_OP,
  PROC_NULL,
  REPLACE,
  strided,
  testAll,
  waitAll,
  waitAny,
  Window,
  type Communicator,
  type Request,
} from 'flotilla';
import { conforms, doubles, integers, upTo } from '../cases.ts';

type Ints = Window<Int32Array>;

/** A case with a window of so many integers on each rank. */
function withWindow(
  name: string,
  length: number | ((comm: Communicator) => number),
  body: (window: Ints, comm: Communicator) => void,
  least = 1,
): void {
  conforms(
    name,
    (comm) => {
      const n = typeof length === 'number' ? length : length(comm);
      const window = Window.allocate(comm, Int32Array, n);
      body(window, comm);
      window.free();
    },
    least,
  );
}

/** Does something while the memory of a rank is locked. */
function locked<T>(window: Ints, rank: number, body: () => T, type: 'shared' | 'exclusive' = 'exclusive'): T {
  window.lock(rank, type);
  const result = body();
  window.unlock(rank);
  return result;
}

/** Gives the own memory a value, and waits until all have. */
function reset(window: Ints, comm: Communicator, value = 0): void {
  locked(window, comm.rank, () => window.array.fill(value));
  comm.barrier();
}

const next = ({ rank, size }: Communicator) => (rank + 1) % size;

withWindow(
  'rma/accfence1',
  1000,
  (window, comm) => {
    for (const count of [1, 17, 1000]) {
      window.fence();
      if (comm.rank === 0)
        window.accumulate(
          integers(count, (i) => i + count),
          comm.size - 1,
          0,
          REPLACE,
        );
      window.fence();
      if (comm.rank === comm.size - 1)
        assert.ok(window.array.subarray(0, count).every((x, i) => x === i + count));
    }
  },
  2,
);

withWindow(
  'rma/acc_ordering',
  1024,
  (window, comm) => {
    // Of two writes of one rank to one place the later one stays.
    const last = comm.size - 1;
    for (const count of [1, 1024]) {
      window.fence();
      if (comm.rank === last) {
        window.accumulate(new Int32Array(count).fill(last), 0, 0, REPLACE);
        window.accumulate(new Int32Array(count).fill(last + 1), 0, 0, REPLACE);
        window.accumulate(new Int32Array(count).fill(last + 2), 0, 0, MIN);
      }
      window.fence();
      if (comm.rank === 0) assert.ok(window.array.subarray(0, count).every((x) => x === last + 1));
    }
  },
  2,
);

withWindow(
  'rma/atomic_get',
  100,
  (window, comm) => {
    // One rank writes, another reads: each element is an old one or a new one.
    for (const round of upTo(10)) {
      reset(window, comm, round);
      if (comm.rank === 2)
        locked(
          window,
          0,
          () => window.accumulate(new Int32Array(100).fill(round + 1000), 0, 0, REPLACE),
          'shared',
        );
      if (comm.rank === 1) {
        const got = new Int32Array(100);
        locked(window, 0, () => window.getAccumulate(new Int32Array(100), got, 0, 0, NO_OP), 'shared');
        assert.ok(got.every((x) => x === round || x === round + 1000));
        const one = locked(window, 0, () => window.fetchAndOp(0, 0, 7, NO_OP), 'shared');
        assert.ok(one === round || one === round + 1000);
      }
      comm.barrier();
    }
  },
  3,
);

withWindow('rma/compare_and_swap', 1, (window, comm) => {
  const rounds = 20;
  for (const target of [comm.rank, next(comm)]) {
    reset(window, comm);
    for (const i of upTo(rounds))
      assert.equal(
        locked(window, target, () => window.compareAndSwap(i, i + 1, target)),
        i,
      );
    comm.barrier();
  }
  // All at once: each step is taken by one of them.
  reset(window, comm);
  if (comm.rank !== 0)
    for (const i of upTo(rounds)) locked(window, 0, () => window.compareAndSwap(i, i + 1, 0));
  comm.barrier();
  if (comm.rank === 0 && comm.size > 1)
    assert.equal(
      locked(window, 0, () => window.array[0]),
      rounds,
    );
});

for (const [name, reads] of [
  ['rma/contention_put', false],
  ['rma/contention_putget', true],
] as const) {
  withWindow(
    name,
    ({ size }) => 20 * size,
    (window, comm) => {
      // Everyone writes to a place of its own on everyone.
      const count = 20;
      reset(window, comm);
      for (const target of upTo(comm.size)) {
        for (const j of upTo(count))
          locked(window, target, () =>
            window.put(Int32Array.of(comm.rank + 1), target, comm.rank * count + j),
          );
        for (const j of reads ? upTo(count) : []) {
          const got = new Int32Array(1);
          locked(window, target, () => window.get(got, target, comm.rank * count + j));
          assert.equal(got[0], comm.rank + 1);
        }
      }
      comm.barrier();
      locked(window, comm.rank, () =>
        window.array.forEach((x, i) => assert.equal(x, Math.floor(i / count) + 1)),
      );
      comm.barrier();
    },
  );
}

withWindow(
  'rma/epochtest',
  100,
  (window, comm) => {
    // A fence ends one epoch and begins the next, whoever writes in it.
    const [first, last] = [0, comm.size - 1];
    const write = (to: number, value: number) => {
      window.put(new Int32Array(50).fill(value), to);
      window.put(new Int32Array(50).fill(value + 1), to, 50);
    };
    const holds = (value: number) =>
      assert.ok(window.array.every((x, i) => x === (i < 50 ? value : value + 1)));
    window.fence();
    if (comm.rank === first) write(last, 10);
    window.fence();
    if (comm.rank === last) holds(10);
    if (comm.rank === last) write(first, 20);
    window.fence();
    if (comm.rank === first) holds(20);
    window.fence();
    if (comm.rank === first) write(last, 30);
    if (comm.rank === last) write(first, 40);
    window.fence();
    if (comm.rank === first) holds(40);
    if (comm.rank === last) holds(30);
  },
  2,
);

for (const [name, Kind] of [
  ['rma/fetch_and_op_char', Int8Array],
  ['rma/fetch_and_op_short', Int16Array],
  ['rma/fetch_and_op_int', Int32Array],
  ['rma/fetch_and_op_double', Float64Array],
] as const) {
  conforms(name, (comm) => {
    const { rank, size } = comm;
    const rounds = 15;
    const window = Window.allocate<Int8Array | Int16Array | Int32Array | Float64Array>(comm, Kind, size);
    const add = (target: number, displ: number) => {
      window.lock(target);
      const before = window.fetchAndOp(1, target, displ);
      window.unlock(target);
      return before;
    };
    const clear = () => {
      comm.barrier();
      window.lock(rank);
      window.array.fill(0);
      window.unlock(rank);
      comm.barrier();
    };
    for (const target of [rank, next(comm)]) {
      clear();
      for (const i of upTo(rounds)) assert.equal(add(target, 0), i);
    }
    // All at rank 0, then all at all.
    clear();
    const seen = upTo(rank === 0 ? 0 : rounds).map(() => add(0, 0));
    const everyone = comm.allgather(seen).flat();
    assert.deepEqual(
      everyone.sort((a, b) => a - b),
      upTo(rounds * (size - 1)),
    );
    clear();
    for (const target of upTo(size)) for (let i = 0; i < 5; i++) add(target, rank);
    comm.barrier();
    window.lock(rank);
    assert.ok(window.array.every((x) => x === 5));
    window.unlock(rank);
    comm.barrier();
    window.free();
  });
}

withWindow(
  'rma/fetchandadd',
  ({ rank, size }) => (rank === 0 ? size : 0),
  (window, comm) => {
    // A counter of several parts: each rank adds to its own and reads those of the others, under one lock.
    const { rank, size } = comm;
    const drawn: number[] = [];
    const parts = new Int32Array(size);
    for (let mine = 0; rank > 0 && mine < 10; mine++) {
      locked(window, 0, () => {
        window.accumulate(Int32Array.of(1), 0, rank);
        window.get(parts.subarray(0, rank), 0);
        window.get(parts.subarray(rank + 1), 0, rank + 1);
      });
      parts[rank] = mine;
      drawn.push(parts.reduce((a, b) => a + b));
    }
    const all = comm.allgather(drawn).flat();
    assert.deepEqual(
      all.sort((a, b) => a - b),
      upTo(10 * (size - 1)),
    );
  },
);

conforms(
  'rma/fence_shm',
  (comm) => {
    // What is written directly, and what by put under a lock, is seen after a fence.
    const window = Window.allocateShared(comm, Int32Array, 1);
    window.fence();
    if (comm.rank === 0) window.shared(1)[0] = 1;
    window.fence();
    if (comm.rank === 1) assert.equal(window.array[0], 1);
    window.fence();
    if (comm.rank === 0) locked(window, 1, () => window.put(Int32Array.of(2), 1));
    window.fence();
    const got = new Int32Array(1);
    if (comm.rank === 0) window.get(got, 1);
    window.fence();
    if (comm.rank === 0) assert.equal(got[0], 2);
    window.free();
  },
  2,
);

for (const [name, byRequest] of [
  ['rma/flush', false],
  ['rma/reqops', true],
] as const) {
  withWindow(
    name,
    ({ rank }) => (rank === 0 ? 1 : 0),
    (window, comm) => {
      // A token goes round; each rank leaves its number with rank 0 and finds that of the one before.
      const { rank, size } = comm;
      if (rank === 0) locked(window, 0, () => (window.array[0] = size - 1));
      comm.barrier();
      window.lock(0, 'shared');
      window.flushAll();
      if (byRequest) {
        const one = Int32Array.of(5);
        waitAll([
          window.rput(one, PROC_NULL),
          window.rget(one, PROC_NULL),
          window.raccumulate(one, PROC_NULL, 0, REPLACE),
          window.rgetAccumulate(one, new Int32Array(1), PROC_NULL, 0, REPLACE),
        ]);
        assert.equal(one[0], 5);
      }
      for (let i = 0; i < 10; i++) {
        if (rank > 0) comm.Recv(new Int32Array(0), rank - 1, 0);
        const got = Int32Array.of(-1);
        const mine = Int32Array.of(rank);
        if (byRequest) window.rgetAccumulate(mine, got, 0, 0, REPLACE).wait();
        else window.getAccumulate(mine, got, 0, 0, REPLACE);
        window.flush(0);
        assert.equal(got[0], (rank + size - 1) % size);
        if (rank < size - 1) comm.Send(new Int32Array(0), rank + 1, 0);
        comm.barrier();
      }
      window.unlock(0);
    },
    2,
  );
}

withWindow('rma/get_acc_local', 1, (window, comm) => {
  const got = new Int32Array(1);
  for (const i of upTo(100)) {
    locked(window, comm.rank, () => window.getAccumulate(Int32Array.of(3), got, comm.rank), 'shared');
    assert.equal(got[0], 3 * i);
  }
});

withWindow('rma/get_accumulate', 1000, (window, comm) => {
  for (const count of [5, 1000]) {
    const [ones, got] = [new Int32Array(count).fill(1), new Int32Array(count)];
    for (const target of [comm.rank, next(comm)]) {
      comm.barrier();
      reset(window, comm);
      for (const i of upTo(5)) {
        locked(window, target, () => window.getAccumulate(ones, got, target));
        assert.ok(got.every((x) => x === i));
      }
    }
    comm.barrier();
    reset(window, comm);
    if (comm.rank > 0)
      for (let i = 0; i < 5; i++) locked(window, 0, () => window.getAccumulate(ones, got, 0));
    comm.barrier();
    if (comm.rank === 0)
      locked(window, 0, () => {
        assert.ok(window.array.subarray(0, count).every((x) => x === 5 * (comm.size - 1)));
      });
    comm.barrier();
    reset(window, comm, 7);
    locked(window, next(comm), () => window.getAccumulate(ones, got, next(comm), 0, NO_OP));
    assert.ok(got.every((x) => x === 7));
  }
});

withWindow(
  'rma/lockcontention',
  200,
  (window, comm) => {
    // Rank 0 writes the first half of rank 1's memory, rank 2 reads the second.
    const half = 100;
    locked(window, comm.rank, () => window.array.forEach((_, i, array) => (array[i] = -4 * i)));
    comm.barrier();
    const got = new Int32Array(half);
    for (const i of upTo(half)) {
      if (comm.rank === 0) locked(window, 1, () => window.put(Int32Array.of(i), 1, i));
      if (comm.rank === 2) locked(window, 1, () => window.get(got.subarray(i, i + 1), 1, half + i));
    }
    comm.barrier();
    if (comm.rank === 1)
      locked(window, 1, () => window.array.forEach((x, i) => assert.equal(x, i < half ? i : -4 * i)));
    if (comm.rank === 2) got.forEach((x, i) => assert.equal(x, -4 * (half + i)));
  },
  3,
);

withWindow('rma/locknull', 1000, (window, comm) => {
  for (const type of ['exclusive', 'shared'] as const)
    for (const target of upTo(comm.size)) locked(window, target, () => undefined, type);
});

withWindow(
  'rma/manyget',
  ({ rank }) => (rank === 0 ? 32_768 : 0),
  (window, comm) => {
    const got = new Int32Array(32_768).fill(-1);
    window.fence();
    if (comm.rank === 1) for (let i = 0; i < 50; i++) window.get(got, 0);
    window.fence();
    if (comm.rank === 1) assert.ok(got.every((x) => x === 0));
  },
  2,
);

withWindow('rma/mutex_bench', 2, (window, comm) => {
  // A queue lock: each waits for the one before it, in its own memory. The tail is with rank 0.
  const [NEXT, TAIL] = [0, 1];
  const { rank } = comm;
  reset(window, comm, -1);
  let inside = 0;
  const shared = Window.allocate(comm, Int32Array, rank === 0 ? 1 : 0);
  window.lockAll();
  shared.lockAll();
  for (let i = 0; i < 5; i++) {
    window.fetchAndOp(-1, rank, NEXT, REPLACE);
    const before = window.fetchAndOp(rank, 0, TAIL, REPLACE);
    if (before !== -1) {
      window.fetchAndOp(rank, before, NEXT, REPLACE);
      comm.recv(before, 99);
    }
    // Not atomic by itself: only the lock keeps it right.
    const value = shared.fetchAndOp(0, 0, 0, NO_OP);
    shared.fetchAndOp(value + 1, 0, 0, REPLACE);
    inside++;
    if (window.compareAndSwap(rank, -1, 0, TAIL) !== rank) {
      let after = -1;
      while (after === -1) after = window.fetchAndOp(0, rank, NEXT, NO_OP);
      comm.send('yours', after, 99);
    }
  }
  comm.barrier();
  assert.equal(inside, 5);
  if (rank === 0) assert.equal(shared.fetchAndOp(0, 0, 0, NO_OP), 5 * comm.size);
  shared.unlockAll();
  window.unlockAll();
  shared.free();
});

withWindow(
  'rma/putfidx',
  4096,
  (window, comm) => {
    // Two blocks with a gap between them, written as one.
    const block = 2048;
    const field = integers(2 * block + 1, (i) => (i < block ? i : i - 1));
    const both = strided(field, { shape: [2, block], strides: [block + 1, 1] });
    reset(window, comm, -1);
    window.fence();
    if (comm.rank === 0) window.put(both.pack(new Int32Array(2 * block)), comm.size - 1);
    window.fence();
    if (comm.rank === comm.size - 1) window.array.forEach((x, i) => assert.equal(x, i));
  },
  2,
);

conforms('rma/req_example', (comm) => {
  // Pieces are read, changed and written back, with several requests under way.
  const [steps, n, slots] = [30, 100, 5];
  const window = Window.allocate(comm, Float64Array, steps * n);
  window.lock(comm.rank);
  window.array.set(doubles(steps * n, (i) => i));
  window.unlock(comm.rank);
  comm.barrier();
  window.lockAll();
  const data = upTo(slots).map(() => new Float64Array(n));
  const puts: (Request<void> | null)[] = data.map(() => null);
  for (let i = 0; i < steps; i++) {
    const j = i < slots ? i : waitAny(puts)!;
    window.rget(data[j]!, next(comm), i * n).wait();
    data[j]!.forEach((x, k, array) => (array[k] = 2 * x));
    puts[j] = window.rput(data[j]!, next(comm), i * n);
  }
  waitAll(puts);
  window.unlockAll();
  comm.barrier();
  window.lock(comm.rank);
  window.array.forEach((x, i) => assert.equal(x, 2 * i));
  window.unlock(comm.rank);
  comm.barrier();
  window.free();
});

withWindow('rma/rget_testall', 2, (window, comm) => {
  locked(window, comm.rank, () => window.array.set([1, 2]));
  comm.barrier();
  const got = new Int32Array(2);
  window.lockAll();
  const requests = [window.rget(got.subarray(0, 1), 0, 0), window.rget(got.subarray(1), 0, 1)];
  while (!testAll(requests));
  waitAll(requests);
  assert.deepEqual([...got], [1, 2]);
  window.unlockAll();
  comm.barrier();
});

/** Every access, between fences and under a lock; `count` elements at a target. */
function everyAccess(window: Ints, target: number, count: number): void {
  const [origin, result] = [new Int32Array(count).fill(3), new Int32Array(count).fill(5)];
  const plain = [
    () => window.put(origin, target),
    () => window.get(result, target),
    () => window.accumulate(origin, target),
    () => window.getAccumulate(origin, result, target),
  ];
  const requested = [
    () => window.rput(origin, target),
    () => window.rget(result, target),
    () => window.raccumulate(origin, target),
    () => window.rgetAccumulate(origin, result, target),
  ];
  window.fence();
  for (const access of plain) {
    access();
    window.fence();
  }
  for (const access of plain) locked(window, target, access);
  for (const access of requested) locked(window, target, () => access().wait());
  assert.ok(result.every((x) => x === 5));
}

withWindow('rma/rmanull', 1, (window) => {
  everyAccess(window, PROC_NULL, 1);
  locked(window, PROC_NULL, () => {
    assert.equal(window.fetchAndOp(1, PROC_NULL), 1);
    assert.equal(window.compareAndSwap(1, 2, PROC_NULL), 1);
    window.flush(PROC_NULL);
  });
  assert.equal(window.array[0], 0);
});

withWindow('rma/rmazero', 1, (window, comm) => {
  everyAccess(window, 0, 0);
  comm.barrier();
  assert.equal(window.array[0], 0);
});

withWindow('rma/selfrma', 1000, (window, comm) => {
  const { rank } = comm;
  const every = strided(
    integers(1000, (i) => i),
    { shape: [500], strides: [2] },
  );
  const packed = every.pack(new Int32Array(500));
  locked(window, rank, () => window.put(packed, rank));
  locked(window, rank, () => window.array.subarray(0, 500).forEach((x, i) => assert.equal(x, 2 * i)));
  locked(window, rank, () => window.accumulate(packed, rank), 'shared');
  const got = new Int32Array(500);
  locked(window, rank, () => window.get(got, rank), 'shared');
  got.forEach((x, i) => assert.equal(x, 4 * i));
});

withWindow(
  'rma/test1',
  100,
  (window, comm) => {
    const { rank } = comm;
    const n = 100;
    if (rank < 2) window.array.forEach((_, i, array) => (array[i] = rank === 0 ? i : -4 * i));
    const mine = integers(n, (i) => (rank === 0 ? i : -3 * i));
    window.fence();
    for (const i of upTo(n - 1)) {
      if (rank === 0) window.put(mine.subarray(i, i + 1), 1, i);
      if (rank === 1) window.get(mine.subarray(i, i + 1), 0, i);
    }
    if (rank === 1) window.accumulate(mine.subarray(n - 1), 0, n - 1);
    window.fence();
    if (rank === 1) for (const i of upTo(n - 1)) assert.equal(mine[i], window.array[i]);
    if (rank === 0) assert.equal(window.array[n - 1], -2 * (n - 1));
  },
  2,
);

withWindow(
  'rma/test4',
  ({ rank }) => (rank === 1 ? 40 : 0),
  (window, comm) => {
    const half = 20;
    if (comm.rank === 1) locked(window, 1, () => window.array.forEach((_, i, array) => (array[i] = -4 * i)));
    comm.barrier();
    const got = new Int32Array(half);
    if (comm.rank === 0) {
      for (const i of upTo(half)) locked(window, 1, () => window.put(Int32Array.of(i), 1, i), 'shared');
      for (const i of upTo(half))
        locked(window, 1, () => window.get(got.subarray(i, i + 1), 1, half + i), 'shared');
      got.forEach((x, i) => assert.equal(x, -4 * (half + i)));
    }
    comm.barrier();
    if (comm.rank === 1)
      locked(window, 1, () => window.array.forEach((x, i) => assert.equal(x, i < half ? i : -4 * i)));
  },
  2,
);

conforms('rma/win_shared', (comm) => {
  const each = 4;
  const node = comm.splitShared();
  const window = Window.allocateShared(node, Int32Array, each);
  window.lockAll();
  window.array.forEach((_, i, array) => (array[i] = i));
  window.sync();
  node.barrier();
  window.sync();
  const all = window.shared();
  assert.equal(all.length, each * node.size);
  all.forEach((x, i) => assert.equal(x, i % each));
  window.unlockAll();
  window.free();
  node.free();
});

conforms(
  'rma/win_shared_zerobyte',
  (comm) => {
    // The last rank has none; the others lie side by side all the same.
    const last = comm.size - 1;
    const window = Window.allocateShared(comm, Int32Array, comm.rank === last ? 0 : 4);
    window.array.fill(comm.rank);
    window.fence();
    window.shared().forEach((x, i) => assert.equal(x, i >> 2));
    assert.deepEqual([window.length(last), window.shared(last).length], [0, 0]);
    window.fence();
    window.free();
  },
  2,
);

conforms('rma/win_zero', (comm) => {
  for (const length of [comm.rank % 2, 0]) {
    for (const window of [
      Window.allocateShared(comm, Uint8Array, length),
      Window.allocate(comm, Uint8Array, length),
    ]) {
      assert.equal(window.array.length, length);
      window.fence();
      window.free();
    }
  }
});

for (const [name, shared] of [
  ['rma/wrma_flush_get', false],
  ['rma/win_shared_rma_flush_load', true],
] as const) {
  conforms(
    name,
    (comm) => {
      // One rank writes to a second and flushes; a third one, told by message, finds it there.
      const [origin, target, checker] = [0, 1, 2];
      const window = shared
        ? Window.allocateShared(comm, Int32Array, 1)
        : Window.allocate(comm, Int32Array, 1);
      window.lockAll();
      const got = new Int32Array(1);
      const writes = [
        (x: number) => window.put(Int32Array.of(x), target),
        (x: number) => window.accumulate(Int32Array.of(x), target, 0, REPLACE),
        (x: number) => window.getAccumulate(Int32Array.of(x), got, target, 0, REPLACE),
        (x: number) => window.fetchAndOp(x, target, 0, REPLACE),
        (x: number) => window.compareAndSwap(x - 1, x, target),
      ];
      for (const x of upTo(25).map((i) => i + 1)) {
        if (comm.rank === origin) {
          writes[x % writes.length]!(x);
          window.flush(target);
          comm.send(x, checker);
          comm.recv(checker);
        }
        if (comm.rank !== checker) continue;
        comm.recv(origin);
        window.sync();
        const seen = new Int32Array(1);
        if (!shared) {
          window.get(seen, target);
          window.flush(target);
        }
        assert.equal(shared ? window.shared(target)[0] : seen[0], x);
        comm.send('seen', origin);
      }
      window.unlockAll();
      comm.barrier();
      window.free();
    },
    3,
  );
}

withWindow(
  'rma/racc_local_comp',
  8192,
  (window, comm) => {
    // When the request is complete the array may change.
    window.lockAll();
    const data = new Int32Array(8192);
    for (const count of [1, 8192]) {
      for (let i = 0; comm.rank === 1 && i < 10; i++) {
        data.forEach((_, j) => (data[j] = 1 + j + i));
        window.raccumulate(data.subarray(0, count), 0, 0, REPLACE).wait();
        data.fill(0);
        window.flush(0);
        const got = new Int32Array(count);
        window.get(got, 0);
        window.flush(0);
        assert.ok(got.every((x, j) => x === 1 + j + i));
      }
      comm.barrier();
    }
    window.unlockAll();
  },
  2,
);
