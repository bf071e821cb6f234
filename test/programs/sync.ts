/** Mutex, Semaphore, Condition, Sequential and Counter (mpi4py.util.sync), against counts and orders that must come out. */
import assert from 'node:assert/strict';
import { Condition, Counter, Mutex, Semaphore, Sequential, Window, type Communicator } from 'flotilla';
import { check, checkWorld, refuses, run } from '../harness/cases.ts';

/** Few: over MPICH each access to the memory of another rank takes a turn of that rank, and ranks outnumber cores. */
const TURNS = 2;

const up = (n: number) => [...Array(n).keys()];

/** Plain memory of rank 0: reading and writing are separate accesses, so only a lock keeps an update from being lost. */
class Memory {
  readonly #window: Window<Int32Array>;

  constructor(comm: Communicator, length: number) {
    this.#window = Window.allocate(comm, Int32Array, comm.rank === 0 ? length : 0);
    this.#window.lockAll();
  }

  get(at: number): number {
    const result = new Int32Array(1);
    this.#window.get(result, 0, at);
    this.#window.flush(0);
    return result[0]!;
  }

  set(at: number, value: number): void {
    this.#window.put(Int32Array.of(value), 0, at);
    this.#window.flush(0);
  }

  /** Atomic. */
  add(at: number, value: number): number {
    return this.#window.fetchAndOp(value, 0, at) + value;
  }

  /** As a log: word 0 is its length. */
  append(value: number): void {
    const length = this.get(0);
    this.set(1 + length, value);
    this.set(0, length + 1);
  }

  /** What has been appended, on every rank. */
  logged(comm: Communicator): number[] {
    comm.barrier();
    const values = comm.bcast(comm.rank === 0 ? up(this.get(0)).map((i) => this.get(1 + i)) : undefined);
    comm.barrier();
    return values;
  }

  free(): void {
    this.#window.unlockAll();
    this.#window.free();
  }
}

/** Asks in rank order, beginning with rank `first`: each rank when the one below has asked. */
function inOrder<T>(comm: Communicator, first: number, ask: () => T): T | undefined {
  const { rank, size } = comm;
  if (rank < first) return undefined;
  if (rank > first) comm.recv(rank - 1, 9);
  const asked = ask();
  if (rank + 1 < size) comm.send(null, rank + 1, 9);
  return asked;
}

check('a mutex lets one rank at a time read and write', async (comm) => {
  const memory = new Memory(comm, 2);
  const mutex = Mutex.create(comm);
  const [INSIDE, TOTAL] = [0, 1];
  const visit = () => {
    assert.ok(mutex.held);
    assert.equal(memory.get(INSIDE), 0);
    memory.set(INSIDE, 1);
    memory.set(TOTAL, memory.get(TOTAL) + 1);
    memory.set(INSIDE, 0);
  };
  for (let turn = 0; turn < TURNS; turn++) {
    {
      using _hold = mutex.acquire();
      visit();
    }
    assert.ok(!mutex.held);
    const hold = await mutex.iacquire();
    visit();
    hold.release();
    mutex.iacquire().wait();
    visit();
    mutex.release();
    for (let tried = mutex.tryAcquire(); ; tried = mutex.tryAcquire()) {
      if (tried === null) {
        await new Promise(setImmediate);
        continue;
      }
      visit();
      tried.release();
      break;
    }
  }
  comm.barrier();
  assert.equal(memory.get(TOTAL), 4 * TURNS * comm.size);
  mutex.free();
  memory.free();
});

checkWorld('ranks get a mutex in the order in which they ask', async (comm) => {
  const { rank, size } = comm;
  const log = new Memory(comm, 1 + size);
  const mutex = Mutex.create(comm, { root: size - 1 });
  if (rank === 0) {
    mutex.acquire();
    if (size > 1) comm.send(null, 1, 8);
  } else if (rank === 1) comm.recv(0, 8);
  const asked = inOrder(comm, 1, () => mutex.iacquire());
  if (rank === 0) {
    if (size > 1) comm.recv(size - 1, 9);
    log.append(0);
    mutex.release();
  } else {
    if (rank === size - 1) comm.send(null, 0, 9);
    // One waits, the next one awaits.
    const hold = rank % 2 === 0 ? asked!.wait() : await asked!;
    log.append(rank);
    hold.release();
  }
  assert.deepEqual(log.logged(comm), up(size));
  mutex.free();
  log.free();
});

checkWorld('a mutex is released whichever way its block ends, and once', (comm) => {
  const mutex = Mutex.create(comm);
  assert.throws(() => {
    using _hold = mutex.acquire();
    throw new RangeError('within');
  }, RangeError);
  assert.ok(!mutex.held);
  const first = mutex.acquire();
  first.release();
  first.release();
  const second = mutex.acquire();
  first.release(); // not what is held now
  assert.ok(mutex.held);
  mutex.release();
  second.release();
  comm.barrier();
  mutex.free();
});

checkWorld('what is wrong with a mutex is refused', (comm) => {
  const { rank, size } = comm;
  const mutex = Mutex.create(comm);
  refuses('ERR_RMA_SYNC', () => mutex.release(), /does not hold/);
  if (rank === 0) {
    const hold = mutex.acquire();
    for (const again of [() => mutex.acquire(), () => mutex.iacquire(), () => mutex.tryAcquire()])
      refuses('ERR_RMA_SYNC', again, /holds the mutex already: it is not recursive/);
    comm.barrier();
    comm.barrier();
    refuses('ERR_RMA_SYNC', () => mutex.free(), /this rank holds the mutex/);
    hold.release();
  } else {
    comm.barrier();
    assert.equal(mutex.tryAcquire(), null);
    comm.barrier();
    refuses('ERR_RMA_SYNC', () => mutex.free(), /rank 0 still uses the mutex/);
  }
  const asked = mutex.iacquire();
  refuses('ERR_RMA_SYNC', () => mutex.acquire(), /waits for the mutex already/);
  refuses('ERR_RMA_SYNC', () => mutex.release(), /does not hold/);
  asked.cancel(); // without effect
  asked.wait().release();
  mutex.free();
  refuses('ERR_ARG', () => mutex.acquire(), /has been freed/);
  refuses('ERR_ROOT', () => Mutex.create(comm, { root: size }), /cannot hold the state/);
  refuses('ERR_ROOT', () => Mutex.create(comm, { root: -1 }), /cannot hold the state/);
  if (size > 1) refuses('ERR_ARG', () => Mutex.create(comm, { root: rank % 2 }), /rank 0 and rank 1/);
});

checkWorld('a semaphore lets as many ranks in as it has permits', async (comm) => {
  for (const permits of [1, 2]) {
    const memory = new Memory(comm, 2);
    const semaphore = Semaphore.create(comm, permits);
    const [INSIDE, VISITS] = [0, 1];
    const visit = () => {
      assert.ok(memory.add(INSIDE, 1) <= permits);
      memory.add(VISITS, 1);
      memory.add(INSIDE, -1);
    };
    for (let turn = 0; turn < TURNS; turn++) {
      using _permit = semaphore.acquire();
      visit();
    }
    // Tasks of one rank share the permits with those of the others.
    await Promise.all(
      up(3).map(async () => {
        using _permit = await semaphore.iacquire();
        visit();
      }),
    );
    comm.barrier();
    assert.equal(memory.get(VISITS), (TURNS + 3) * comm.size);
    const tried = comm.rank === 0 ? [semaphore.tryAcquire(), semaphore.tryAcquire()] : [];
    if (comm.rank === 0) assert.deepEqual(tried.map((hold) => hold !== null), [true, permits === 2]); // prettier-ignore
    for (const hold of tried) hold?.release();
    comm.barrier();
    semaphore.free();
    memory.free();
  }
});

checkWorld('permits go to those who have waited for longest', (comm) => {
  const { rank, size } = comm;
  const log = new Memory(comm, 1 + size);
  const semaphore = Semaphore.create(comm, 0, { bounded: false, root: size - 1 });
  const asked = inOrder(comm, 0, () => semaphore.iacquire())!;
  comm.barrier();
  // One after the other: the next permit when the last one has been used.
  if (rank === 0) semaphore.release();
  const permit = asked.wait();
  log.append(rank);
  permit.release();
  assert.deepEqual(log.logged(comm), up(size));
  // The permit that went round is there. Then all at once, and one more.
  const last = rank === 0 ? semaphore.acquire() : null;
  comm.barrier();
  const again = semaphore.iacquire();
  comm.barrier();
  if (rank === size - 1) semaphore.release(size + 1);
  again.wait();
  comm.barrier();
  if (rank === 0) assert.deepEqual([1, 2].map(() => semaphore.tryAcquire() !== null), [true, false]); // prettier-ignore
  assert.equal(last === null, rank !== 0);
  semaphore.free();
  log.free();
});

checkWorld('what is wrong with a semaphore is refused', (comm) => {
  const { rank, size } = comm;
  for (const value of [-1, 1.5, 2 ** 31, NaN])
    refuses('ERR_ARG', () => Semaphore.create(comm, value), /out of range/);
  if (size > 1) refuses('ERR_ARG', () => Semaphore.create(comm, rank), /rank 0 and rank 1/);
  const semaphore = Semaphore.create(comm, 2);
  refuses('ERR_RMA_SYNC', () => semaphore.release(), /bounded semaphore of 2/);
  for (const count of [0, -1, 0.5]) refuses('ERR_ARG', () => semaphore.release(count), /whole number/);
  comm.barrier();
  if (rank === 0) {
    const holds = [semaphore.acquire(), semaphore.acquire()];
    refuses('ERR_RMA_SYNC', () => semaphore.release(3), /bounded/);
    const asked = semaphore.iacquire();
    refuses('ERR_RMA_SYNC', () => semaphore.free(), /waits for a permit/);
    holds[0]!.release();
    holds[0]!.release();
    holds[1]!.release();
    asked.wait().release();
    refuses('ERR_RMA_SYNC', () => semaphore.release(), /bounded/);
  } else refuses('ERR_RMA_SYNC', () => semaphore.free(), /rank 0 still uses/);
  semaphore.free();
  refuses('ERR_ARG', () => semaphore.acquire(), /has been freed/);
  const most = Semaphore.create(comm, 2 ** 31 - 1, { bounded: false });
  refuses('ERR_RMA_SYNC', () => most.release(), /2147483647/);
  most.free();
  const none = Semaphore.create(comm, 0, { bounded: false });
  if (rank === 0) {
    const waiting = up(256).map(() => none.iacquire());
    refuses('ERR_RMA_SYNC', () => none.iacquire(), /256 acquisitions/);
    none.release(256);
    for (const request of waiting) request.wait();
  }
  comm.barrier();
  none.free();
});

checkWorld('a section that ranks go through in order', async (comm) => {
  const { rank, size } = comm;
  const log = new Memory(comm, 1 + 3 * size);
  const section = Sequential.create(comm);
  {
    using _turn = section.begin();
    log.append(rank);
    refuses('ERR_RMA_SYNC', () => section.begin(), /in the section already/);
    refuses('ERR_RMA_SYNC', () => section.ibegin(), /in the section already/);
  }
  comm.barrier();
  const turn = await section.ibegin();
  log.append(rank);
  turn.release();
  turn.release();
  comm.barrier();
  const asked = section.ibegin();
  refuses('ERR_RMA_SYNC', () => section.begin(), /waits for its turn already/);
  refuses('ERR_RMA_SYNC', () => section.end(), /not in the section/);
  refuses('ERR_RMA_SYNC', () => section.free(), /waits for its turn/);
  asked.wait();
  log.append(rank);
  section.end();
  assert.deepEqual(log.logged(comm), [...up(size), ...up(size), ...up(size)]);
  section.free();
  refuses('ERR_ARG', () => section.begin(), /has been freed/);
  log.free();
});

checkWorld('a queue between ranks, guarded by a mutex, with conditions for full and empty', (comm) => {
  const { rank, size } = comm;
  if (size === 1) return;
  const [PUT, TAKEN, SLOTS, ROOM] = [0, 1, 2, 3];
  const items = 3 * (size - 1);
  const memory = new Memory(comm, SLOTS + ROOM);
  const mutex = Mutex.create(comm);
  const filled = Condition.create(mutex);
  const emptied = Condition.create(mutex, { root: size - 1 });
  const got: number[] = [];
  if (rank === 0) {
    for (let item = 0; item < items; item++) {
      using _hold = mutex.acquire();
      emptied.waitFor(() => memory.get(PUT) - memory.get(TAKEN) < ROOM);
      memory.set(SLOTS + (memory.get(PUT) % ROOM), item);
      memory.set(PUT, memory.get(PUT) + 1);
      filled.notify();
    }
  } else {
    for (let i = 0; i < 3; i++) {
      using _hold = mutex.acquire();
      filled.waitFor(() => memory.get(PUT) > memory.get(TAKEN));
      got.push(memory.get(SLOTS + (memory.get(TAKEN) % ROOM)));
      memory.set(TAKEN, memory.get(TAKEN) + 1);
      emptied.notify();
    }
  }
  assert.deepEqual(
    comm.allgather(got).flat().sort((a, b) => a - b),
    up(items),
  ); // prettier-ignore
  filled.free();
  emptied.free();
  mutex.free();
  memory.free();
});

checkWorld('those who wait for a condition are woken in order, as many as asked', async (comm) => {
  const { rank, size } = comm;
  const log = new Memory(comm, 1 + size);
  const mutex = Mutex.create(comm);
  const condition = Condition.create(mutex);
  const waiting = inOrder(comm, 1, () => {
    mutex.acquire();
    return condition.iwait();
  });
  comm.barrier();
  if (rank === 0) {
    mutex.acquire();
    if (size > 1) refuses('ERR_RMA_SYNC', () => condition.free(), /rank 1 still uses/);
    assert.equal(condition.notify(0), 0);
    assert.equal(condition.notify(), Math.min(1, size - 1));
    assert.equal(condition.notify(size), Math.max(0, size - 2));
    assert.equal(condition.notifyAll(), 0);
    log.append(0);
    mutex.release();
  } else {
    refuses('ERR_RMA_SYNC', () => condition.free(), /waits for the condition/);
    refuses('ERR_RMA_SYNC', () => mutex.release(), /does not hold/);
    if (rank % 2 === 0) waiting!.wait();
    else await waiting!;
    assert.ok(mutex.held);
    log.append(rank);
    mutex.release();
  }
  assert.deepEqual(log.logged(comm), up(size));
  for (const call of [
    () => condition.wait(),
    () => condition.iwait(),
    () => condition.notify(),
    () => condition.notifyAll(),
    () => condition.waitFor(() => true),
  ])
    // prettier-ignore
    refuses('ERR_RMA_SYNC', call, /does not hold/);
  {
    using _hold = mutex.acquire();
    for (const count of [-1, 0.5]) refuses('ERR_ARG', () => condition.notify(count), /whole number/);
  }
  condition.free();
  refuses('ERR_ARG', () => condition.wait(), /has been freed/);
  mutex.free();
  log.free();
});

checkWorld('a counter gives each number once', (comm) => {
  const { rank, size } = comm;
  const counter = Counter.create(comm, { start: 10, step: -0.5, root: size - 1 });
  const mine = up(5).map(() => counter.next());
  const sorted = comm.allgather(mine).flat().sort((a, b) => b - a); // prettier-ignore
  assert.deepEqual(
    sorted,
    up(5 * size).map((i) => 10 - i / 2),
  );
  const taken: number[] = [];
  for (const number of counter) {
    if (number <= 0) break;
    taken.push(number);
  }
  const all = comm.allgather(taken).flat();
  assert.equal(all.length, Math.max(0, 20 - 5 * size));
  assert.equal(new Set(all).size, all.length);
  counter.free();
  refuses('ERR_ARG', () => counter.next(), /has been freed/);
  const plain = Counter.create(comm);
  assert.ok(plain.next() < size);
  comm.barrier();
  plain.free();
  refuses('ERR_ARG', () => Counter.create(comm, { start: Infinity }), /not finite/);
  if (size > 1) refuses('ERR_ARG', () => Counter.create(comm, { step: rank }), /rank 0 and rank 1/);
});

await run();
