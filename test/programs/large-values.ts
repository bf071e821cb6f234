/** Values with arrays of many bytes: what arrives, in which order, and that nothing waits that did not wait for short ones. */
import assert from 'node:assert/strict';
import fc, { type Arbitrary } from 'fast-check';
import { ANY_SOURCE, ANY_TAG, createOp, Status, waitAll, type Communicator, type TypedArray } from 'flotilla';
import { check, refuses, run } from '../harness/cases.ts';
import { KINDS } from '../harness/kinds.ts';

const neighbours = ({ rank, size }: Communicator) => ({
  left: (rank + size - 1) % size,
  right: (rank + 1) % size,
});

/** Bytes that tell where they belong. */
function bytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const array = new Uint8Array(length);
  for (let i = 0; i < length; i++) array[i] = (i * 7 + (i >> 8) * 13 + seed * 31) & 255;
  return array;
}

/** Each residue of the length, on both sides of where a message gets another form. */
const LENGTHS = [0, 8, 4095, 4096, 65535, 65536, 65541, 67583, 67584, 67585, 67589, 70_001, 70_003, 131_077];

type Constructor = new (buffer: ArrayBufferLike, at: number, count: number) => TypedArray | DataView;

/** Whole arrays, parts of larger memory, over shared memory, and DataViews. */
const arrays: Arbitrary<TypedArray | DataView> = fc
  .record({
    kind: fc.constantFrom(...KINDS, Buffer, DataView),
    length: fc.oneof(fc.constantFrom(...LENGTHS), fc.integer({ min: 60_000, max: 90_000 })),
    how: fc.constantFrom('whole', 'whole', 'whole', 'part', 'shared'),
    seed: fc.nat(100),
  })
  .map(({ kind, length, how, seed }) => {
    const size = kind === DataView || kind === Buffer ? 1 : (kind as typeof Uint8Array).BYTES_PER_ELEMENT;
    const count = Math.floor(length / size);
    const before = how === 'part' ? 8 : 0;
    const room = before + count * size + before;
    const buffer = how === 'shared' ? new SharedArrayBuffer(room) : new ArrayBuffer(room);
    new Uint8Array(buffer).set(bytes(room, seed));
    if (kind === Buffer) return Buffer.from(buffer as ArrayBuffer, before, count);
    const array = new (kind as Constructor)(buffer, before, count);
    // No NaNs with bits of their own, which no comparison of numbers would see.
    if (array instanceof Float32Array || array instanceof Float64Array) array.fill(seed + 0.5);
    return array;
  });

const values: Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { arbitrary: arrays, weight: 4 },
    {
      arbitrary: fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.constantFrom(null, undefined, true)),
      weight: 2,
    },
    { arbitrary: fc.array(tie('value'), { maxLength: 3 }), weight: 2 },
    { arbitrary: fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }), weight: 3 },
    { arbitrary: arrays.map((weights) => ({ weights, again: weights, step: 3 })), weight: 1 },
    { arbitrary: arrays.map((array) => new Map([[array.byteLength, array]])), weight: 1 },
  ),
})).value;

/** The value as structured clone keeps it, by which every fabric goes; shared memory arrives as memory of its own. */
function expected(value: unknown): unknown {
  const unshared = (thing: unknown): unknown => {
    if (ArrayBuffer.isView(thing)) {
      if (thing.buffer instanceof ArrayBuffer) return Buffer.isBuffer(thing) ? uint8(thing) : thing;
      if (thing instanceof DataView) return new DataView(uint8(thing).slice().buffer);
      return Buffer.isBuffer(thing) ? uint8(thing).slice() : (thing as TypedArray).slice();
    }
    if (Array.isArray(thing)) return thing.map(unshared);
    if (thing instanceof Map) return new Map([...thing].map(([key, child]) => [key, unshared(child)]));
    if (typeof thing !== 'object' || thing === null) return thing;
    return Object.fromEntries(Object.entries(thing).map(([key, child]) => [key, unshared(child)]));
  };
  return unshared(value);
}

const uint8 = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Equal, and each view over as much memory at the same place. */
function same(actual: unknown, wanted: unknown): void {
  if (ArrayBuffer.isView(wanted)) {
    assert.ok(ArrayBuffer.isView(actual));
    assert.equal(Object.prototype.toString.call(actual), Object.prototype.toString.call(wanted));
    assert.equal(Buffer.compare(uint8(actual), uint8(wanted)), 0);
    assert.ok(actual.buffer instanceof ArrayBuffer);
    const whole = wanted.byteLength === wanted.buffer.byteLength;
    if (whole) assert.deepEqual([actual.byteOffset, actual.buffer.byteLength], [0, wanted.byteLength]);
    return;
  }
  if (wanted instanceof Map) {
    assert.ok(actual instanceof Map);
    assert.deepEqual([...actual.keys()], [...wanted.keys()]);
    for (const [key, child] of wanted) same(actual.get(key), child);
    return;
  }
  if (typeof wanted !== 'object' || wanted === null) return assert.equal(actual, wanted);
  assert.ok(typeof actual === 'object' && actual !== null);
  assert.deepEqual(Object.keys(actual), Object.keys(wanted));
  for (const [key, child] of Object.entries(wanted)) same((actual as Record<string, unknown>)[key], child);
}

check('any values round a ring, received in each way', (comm) => {
  const { left, right } = neighbours(comm);
  fc.sample(values, { seed: 11, numRuns: 24 }).forEach((value, i) => {
    const wanted = expected(value);
    same(comm.sendrecv(value, right, i, left, i), wanted);
    const request = comm.irecv(left, i);
    const sending = comm.isend(value, right, i);
    same(request.wait(), wanted);
    sending.wait();
    if (comm.size === 1) return;
    // Blocking sends, each rank in its turn, so that one of two neighbours receives.
    const receive = () => {
      const status = new Status();
      const got = i % 2 === 0 ? comm.recv(left, i, status) : comm.mprobe(ANY_SOURCE, i).recv();
      if (i % 2 === 0) assert.deepEqual([status.source, status.tag], [left, i]);
      same(got, wanted);
    };
    if (comm.rank > 0) receive();
    if (i % 3 === 0) comm.ssend(value, right, i);
    else comm.send(value, right, i);
    if (comm.rank === 0) receive();
    comm.barrier();
  });
});

check('one array twice, and two arrays over one memory, share it where they arrive', (comm) => {
  const { left, right } = neighbours(comm);
  const memory = new ArrayBuffer(80_000);
  const first = new Float64Array(memory, 0, 5000);
  const second = new Uint8Array(memory, 40_000);
  first[0] = comm.rank + 1;
  second[7] = 9;
  const value = { first, second, again: first, whole: new Float32Array(20_000) };
  const got = comm.sendrecv<typeof value>(value, right, 0, left, 0);
  assert.equal(got.first, got.again);
  assert.equal(got.first.buffer, got.second.buffer);
  assert.notEqual(got.whole.buffer, got.first.buffer);
  assert.deepEqual([got.first[0], got.second[7], got.second.byteOffset], [left + 1, 9, 40_000]);
});

check('the memory that arrives is the receiver’s alone, and so is what was sent', (comm) => {
  const { left, right } = neighbours(comm);
  const array = new Float64Array(20_000).fill(1);
  const sending = comm.isend({ array }, right);
  array.fill(2);
  const { array: got } = comm.recv<{ array: Float64Array<ArrayBuffer> }>(left);
  sending.wait();
  assert.ok(got.every((x) => x === 1));
  got.fill(3);
  assert.equal(array[0], 2);
  const moved = structuredClone(got, { transfer: [got.buffer] });
  assert.deepEqual([got.length, moved.length, moved[19_999]], [0, 20_000, 3]);
});

/** What a rank sends to the next one: short and long values and memory, in one order. */
const MIXED = Array.from({ length: 40 }, (_, i) => ({
  i,
  tag: i % 3,
  length: [10, 70_000, 9000, 200_000][i % 4]!,
}));

check('short and long, values and memory, keep their order for wildcards', (comm) => {
  const { left, right } = neighbours(comm);
  const sends = MIXED.map(({ i, tag, length }) =>
    i % 5 === 0
      ? comm.Isend(bytes(length, i), right, tag)
      : comm.isend({ i, data: bytes(length, i) }, right, tag),
  );
  const room = new Uint8Array(200_000);
  for (const { i, tag, length } of MIXED) {
    const status = comm.probe(ANY_SOURCE, ANY_TAG);
    assert.deepEqual([status.source, status.tag], [left, tag]);
    if (i % 5 === 0) {
      comm.Recv(room, ANY_SOURCE, ANY_TAG, status);
      assert.equal(status.count(), length);
      assert.equal(Buffer.compare(room.subarray(0, length), bytes(length, i)), 0);
    } else {
      const got = comm.recv<{ i: number; data: Uint8Array }>(ANY_SOURCE, ANY_TAG, status);
      assert.equal(got.i, i);
      assert.equal(Buffer.compare(got.data, bytes(length, i)), 0);
    }
  }
  waitAll(sends);
});

check('the same from blocking sends, received by tag in another order where posted', (comm) => {
  const { left, right } = neighbours(comm);
  if (comm.size === 1) return;
  const requests = [2, 1, 0].map((tag) => comm.irecv<{ tag: number; data: Uint8Array }>(left, tag));
  const later = MIXED.map(({ tag }) => comm.irecv<{ i: number; data: Uint8Array }>(left, 10 + tag));
  for (const tag of [0, 1, 2]) comm.send({ tag, data: bytes(70_000, tag) }, right, tag);
  for (const { i, tag, length } of MIXED) comm.send({ i, data: bytes(length, i) }, right, 10 + tag);
  waitAll(requests).forEach(({ tag, data }, k) => {
    assert.equal(tag, 2 - k);
    assert.equal(Buffer.compare(data, bytes(70_000, tag)), 0);
  });
  waitAll(later).forEach(({ i, data }, k) => {
    assert.equal(i, k);
    assert.equal(Buffer.compare(data, bytes(MIXED[k]!.length, k)), 0);
  });
});

check('a send to a pending irecv returns, though the receiver is in a barrier', (comm) => {
  const { left, right } = neighbours(comm);
  const data = bytes(300_000, comm.rank);
  const request = comm.irecv<Uint8Array>(left, 4);
  comm.send(data, right, 4);
  comm.barrier();
  assert.equal(Buffer.compare(request.wait(), bytes(300_000, left)), 0);
});

/** A long array and others beside it, of `pieces` times what one piece of a note takes over MPI. */
const layer = (seed: number, pieces: number) => ({
  name: `layer ${seed}`,
  biases: new Float64Array(448 * pieces).fill(seed + 0.25),
  weights: bytes(90_000 + seed, seed),
  scales: new Float32Array(1030).fill(seed),
});

check('a long array with shorter ones beside it, received in each way', (comm) => {
  const { left, right } = neighbours(comm);
  for (const pieces of [1, 2, 8, 20]) {
    const mine = layer(comm.rank, pieces);
    const wanted = layer(left, pieces);
    same(comm.sendrecv(mine, right, 1, left, 1), wanted);
    const posted = Array.from({ length: 5 }, () => comm.irecv(left, 2));
    if (comm.size > 1) for (let i = 0; i < 5; i++) comm.send(mine, right, 2);
    else waitAll(posted.map(() => comm.isend(mine, right, 2)));
    comm.barrier();
    for (const each of waitAll(posted)) same(each, wanted);
    const sending = [comm.isend(mine, right, 3), comm.issend({ mine }, right, 4)];
    same(comm.mprobe(left, 4).recv(), { mine: wanted });
    same(comm.recv(ANY_SOURCE, 3), wanted);
    waitAll(sending);
    same(comm.bcast(comm.rank === 0 ? mine : undefined), layer(0, pieces));
  }
});

check('arrays that arrive are right whether they are kept or let go', (comm) => {
  // More than V8 is asked to collect after, some of it alive for long.
  const { left, right } = neighbours(comm);
  const kept: { i: number; data: Uint8Array }[] = [];
  for (let i = 0; i < 300; i++) {
    const got = comm.sendrecv<{ i: number; data: Uint8Array }>(
      { i, data: bytes(70_000, i) },
      right,
      1,
      left,
      1,
    );
    if (i % 3 === 0) kept.push(got);
  }
  kept.forEach(({ i, data }, k) => {
    assert.equal(i, 3 * k);
    if (k % 10 === 0) assert.equal(Buffer.compare(data, bytes(70_000, i)), 0);
  });
});

check('hundreds of one length, all there before the first is looked at', (comm) => {
  const { left, right } = neighbours(comm);
  if (comm.size === 1) return;
  const data = new Uint8Array(68_000);
  const requests = Array.from({ length: 400 }, () => comm.irecv<{ i: number }>(left, 5));
  for (let i = 0; i < 400; i++) comm.send({ i, data }, right, 5);
  comm.barrier();
  assert.deepEqual(
    waitAll(requests).map(({ i }) => i),
    Array.from({ length: 400 }, (_, i) => i),
  );
});

check('bytes of every length, sent as memory and as a value under one tag', (comm) => {
  const { left, right } = neighbours(comm);
  const room = new Uint8Array(70_000);
  for (let length = 67_580; length < 67_600; length++) {
    const data = bytes(length, length);
    const receiving = comm.Irecv(room, left, 1);
    const value = comm.irecv<Uint8Array>(left, 1);
    if (comm.size === 1) waitAll([comm.Isend(data, right, 1), comm.isend(data, right, 1)]);
    else {
      comm.Send(data, right, 1);
      comm.send(data, right, 1);
    }
    const status = new Status();
    receiving.wait(status);
    assert.equal(status.count(), length);
    assert.equal(Buffer.compare(room.subarray(0, length), data), 0);
    assert.equal(Buffer.compare(value.wait(), data), 0);
    comm.barrier();
  }
});

check('calls of the other family refuse it, and the next message is right', (comm) => {
  const { left, right } = neighbours(comm);
  if (comm.size === 1) return;
  const data = bytes(70_000, 1);
  const turn = (send: () => void, receive: () => void) => {
    if (comm.rank > 0) receive();
    send();
    if (comm.rank === 0) receive();
    comm.barrier();
  };
  for (let k = 0; k < 3; k++) {
    turn(
      () => {
        comm.send({ k, data }, right, 1);
        comm.send({ k: k + 10, data }, right, 1);
      },
      () => {
        refuses('ERR_TYPE', () => comm.Recv(new Uint8Array(200_000), left, 1), /is a value/);
        assert.deepEqual(comm.recv<{ k: number }>(left, 1).k, k + 10);
      },
    );
    turn(
      () => {
        comm.send({ k, data }, right, 1);
        comm.send({ k: k + 20, data }, right, 1);
      },
      () => {
        // Threads look at the family first.
        assert.throws(
          () => comm.Recv(new Uint8Array(100), left, 1),
          /the array to receive it 100|is a value/,
        );
        assert.deepEqual(comm.recv<{ k: number }>(left, 1).k, k + 20);
      },
    );
    turn(
      () => {
        comm.Send(bytes(70_005, 3), right, 1);
        comm.send({ k: k + 30, data }, right, 1);
      },
      () => {
        refuses('ERR_TYPE', () => comm.recv(left, 1), /Recv/);
        assert.deepEqual(comm.recv<{ k: number }>(left, 1).k, k + 30);
      },
    );
  }
});

check('probes find it, cancelled receives leave it', (comm) => {
  const { left, right } = neighbours(comm);
  const sent = { data: bytes(150_000, 5) };
  const withdrawn = comm.irecv(left, 8);
  withdrawn.cancel();
  const status = new Status();
  withdrawn.wait(status);
  assert.equal(status.cancelled, true);
  comm.barrier();
  const sending = comm.isend(sent, right, 8);
  const found = comm.probe(left, 8);
  assert.ok(found.count() >= 145_000 && found.count() <= 151_000, String(found.count()));
  assert.deepEqual(comm.iprobe(left, 8), found);
  const message = comm.mprobe(ANY_SOURCE, 8);
  assert.equal(comm.iprobe(left, 8), null);
  same(message.irecv().wait(), sent);
  sending.wait();
});

check('communicators of their own do not mix', (comm) => {
  const { left, right } = neighbours(comm);
  const twin = comm.dup();
  const half = comm.split(comm.rank % 2, -comm.rank)!;
  if (comm.size > 1) {
    const requests = [twin, comm].map((on) => on.irecv<{ name: string }>(left, 0));
    comm.send({ name: 'first', data: bytes(100_000, 1) }, right);
    twin.send({ name: 'twin', data: bytes(100_000, 1) }, right);
    assert.deepEqual(
      waitAll(requests).map(({ name }) => name),
      ['twin', 'first'],
    );
  }
  const next = (half.rank + 1) % half.size;
  const pending = half.irecv<{ rank: number }>();
  half.isend({ rank: half.rank, data: bytes(100_000, 1) }, next).wait();
  assert.equal(pending.wait().rank, (half.rank + half.size - 1) % half.size);
  half.free();
  twin.free();
});

check('collectives of large values', (comm) => {
  const { rank, size } = comm;
  const root = size - 1;
  const mine = (r: number) => ({ r, data: bytes(70_000 + r, r) });
  const check = (got: unknown, r: number) => same(got, mine(r));
  check(comm.bcast(rank === root ? mine(root) : undefined, root), root);
  check(
    comm.scatter(rank === root ? Array.from({ length: size }, (_, r) => mine(r)) : undefined, root),
    rank,
  );
  const gathered = comm.gather(mine(rank), root);
  if (rank === root) gathered!.forEach(check);
  else assert.equal(gathered, undefined);
  comm.allgather(mine(rank)).forEach(check);
  comm.iallgather(mine(rank)).wait().forEach(check);
  const sent = Array.from({ length: size }, (_, to) => mine(rank * size + to));
  comm.alltoall(sent).forEach((got, from) => check(got, from * size + rank));
  const add = createOp<Float64Array>((a, b) => a.map((x, i) => x + b[i]!), { commutative: true });
  const total = comm.allreduce(new Float64Array(10_000).fill(rank + 1), add);
  assert.ok(total.every((x) => x === (size * (size + 1)) / 2));
});

await run();
