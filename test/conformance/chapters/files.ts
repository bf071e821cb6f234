/** MPI 4.1 §14: the cases of test/mpi/io. Where the suite uses the shared file pointer, an offset by rank takes its place. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dimsCreate, File, SUM, waitAll, type Communicator } from 'flotilla';
import { conforms, integers, upTo } from '../cases.ts';

type Body = (comm: Communicator, path: string) => unknown;

/** A case with a path that all ranks know and that is gone afterwards. */
function withFile(name: string, body: Body, least = 1): void {
  conforms(
    name,
    async (comm) => {
      const folder = comm.bcast(comm.rank === 0 ? mkdtempSync(join(tmpdir(), 'flotilla-conf-')) : '');
      await body(comm, join(folder, 'testfile'));
      comm.barrier();
      if (comm.rank === 0) rmSync(folder, { recursive: true });
    },
    least,
  );
}

/** Makes what all have written so far visible to all. */
function settle(comm: Communicator, file: File): void {
  file.sync();
  comm.barrier();
  file.sync();
}

withFile('io/async', (comm, path) => {
  // A file for each rank, by requests at an offset.
  const n = 65_536;
  const alone = comm.split(comm.rank)!;
  const file = File.open(alone, `${path}.${comm.rank}`, 'w+');
  file.setView(0, Int32Array);
  const data = integers(n, (i) => comm.rank * n + i);
  file.iwriteAt(data, 0).wait();
  const got = new Int32Array(n);
  const request = file.ireadAt(got, 0);
  while (!request.test());
  assert.equal(request.wait(), n);
  assert.deepEqual(got, data);
  file.close();
  alone.free();
});

withFile('io/async_any', (comm, path) => {
  // Several requests at once, completed together.
  const n = 4096;
  const file = File.open(comm, path, 'w+');
  file.setView(0, Int32Array);
  const at = (i: number) => (comm.rank * 8 + i) * n;
  waitAll(upTo(8).map((i) => file.iwriteAt(new Int32Array(n).fill(at(i)), at(i))));
  const got = upTo(8).map(() => new Int32Array(n));
  assert.deepEqual(
    waitAll(got.map((array, i) => file.ireadAt(array, at(i)))),
    got.map(() => n),
  );
  got.forEach((array, i) => assert.ok(array.every((x) => x === at(i))));
  file.close();
});

withFile('io/i_coll_test', (comm, path) => {
  // An array of 32³ dealt out in blocks to a grid of ranks, each extent cut as MPI_DISTRIBUTE_BLOCK cuts it.
  const n = 32;
  const cart = comm.cart(dimsCreate(comm.size, 3))!;
  const sides = cart.dims.map((extent) => Math.ceil(n / extent));
  const start = cart.coords().map((x, d) => x * sides[d]!) as [number, number, number];
  const subshape = sides.map((side, d) => Math.min(side, n - start[d]!)) as [number, number, number];
  const [planes, rows, columns] = subshape;
  const data = integers(planes * rows * columns, (i) => {
    const [z, y, x] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
    return ((start[0] + z) * n + start[1] + y) * n + start[2] + x;
  });
  const file = File.open(comm, path, 'w+');
  file.setView(0, Int32Array, { shape: [n, n, n], subshape, start });
  file.iwriteAtAll(data, 0).wait();
  settle(comm, file);
  const got = new Int32Array(data.length);
  assert.equal(file.ireadAtAll(got, 0).wait(), data.length);
  assert.deepEqual(got, data);
  file.close();
  comm.barrier();
  const bytes = readFileSync(path);
  for (let i = 0; i < n ** 3; i += 7) assert.equal(bytes.readInt32LE(4 * i), i);
  cart.free();
});

for (const [name, together] of [
  ['io/i_noncontig', false],
  ['io/i_noncontig_coll', true],
] as const) {
  withFile(name, (comm, path) => {
    // Every P-th element belongs to a rank: written so, read as a whole, and the other way round.
    const { rank, size } = comm;
    const n = 5000;
    const whole = integers(n * size, (i) => Math.floor(i / size) + (i % size) * n);
    const mine = integers(n, (i) => i + rank * n);
    const file = File.open(comm, path, 'w+');
    const dealt = () => file.setView(4 * rank, Int32Array, { blocklength: 1, stride: size });
    const plain = () => file.setView(0, Int32Array);
    const write = (array: Int32Array, offset: number) =>
      (together ? file.iwriteAtAll(array, offset) : file.iwriteAt(array, offset)).wait();
    const read = (array: Int32Array) =>
      (together ? file.ireadAtAll(array, 0) : file.ireadAt(array, 0)).wait();
    dealt();
    write(mine, 0);
    settle(comm, file);
    plain();
    const all = new Int32Array(n * size);
    assert.equal(read(all), n * size);
    assert.deepEqual(all, whole);
    comm.barrier();
    write(
      whole.subarray(rank * n, (rank + 1) * n).map((x) => -x),
      rank * n,
    );
    settle(comm, file);
    dealt();
    const part = new Int32Array(n);
    assert.equal(read(part), n);
    assert.deepEqual(
      part,
      mine.map((x) => -x),
    );
    file.close();
  });
}

withFile('io/rdwrzero', (comm, path) => {
  const file = File.open(comm, path, 'w+', { deleteOnClose: true });
  file.setView(0, Int32Array);
  file.writeAtAll(Int32Array.of(comm.rank), comm.rank);
  settle(comm, file);
  const none = new Int32Array(0);
  assert.equal(file.read(none), 0);
  file.write(none);
  assert.equal(file.position, 0);
  const got = new Int32Array(comm.size);
  assert.equal(file.readAll(got), comm.size);
  assert.deepEqual([...got], upTo(comm.size));
  file.close();
  comm.barrier();
  assert.ok(!existsSync(path));
});

withFile('io/rd_end', (comm, path) => {
  // Ten bytes are asked for, five are there.
  const file = File.open(comm, path, 'w+');
  if (comm.rank === 0) file.write(Uint8Array.of(0, 1, 2, 3, 4));
  settle(comm, file);
  file.seek(0);
  const got = new Uint8Array(10).fill(99);
  assert.equal(file.readAll(got), 5);
  assert.deepEqual([...got], [0, 1, 2, 3, 4, 99, 99, 99, 99, 99]);
  file.close();
});

withFile('io/setviewcur', (comm, path) => {
  // A header, then a view from where it ends.
  const { rank, size } = comm;
  const file = File.open(comm, path, 'w');
  file.setView(0, Int32Array);
  file.writeAll(Int32Array.of(size));
  assert.equal(file.position, 1);
  file.writeAtAll(Int32Array.of(rank), 1 + rank);
  file.close();
  const again = File.open(comm, path, 'r', { deleteOnClose: true });
  const got = new Int32Array(1);
  assert.equal(again.read(got), 1);
  assert.equal(got[0], size);
  assert.equal(again.position, 4);
  again.setView(again.position, Int32Array);
  assert.equal(again.readAtAll(got, rank), 1);
  assert.equal(got[0], rank);
  again.close();
});

withFile(
  'io/setview_zero',
  (comm, path) => {
    // Two ranks share the elements, the others have a view of none; two rounds, one behind the other.
    const { rank } = comm;
    const mine = rank === 0 ? 2 : rank === 1 ? 4 : 0;
    const layout = { shape: [1, 6], subshape: [1, mine], start: [0, rank === 0 ? 0 : Math.min(2, 6 - mine)] };
    const file = File.open(comm, path, 'w+');
    file.setView(0, Int32Array, layout);
    for (const round of [1, 2]) file.writeAll(integers(mine, (i) => 100 * round + 10 * rank + i));
    assert.equal(file.position, 2 * mine);
    settle(comm, file);
    file.setView(0, Int32Array);
    const got = new Int32Array(12);
    assert.equal(file.readAtAll(got, 0), comm.allreduce(2 * mine, SUM));
    assert.deepEqual([...got], [100, 101, 110, 111, 112, 113, 200, 201, 210, 211, 212, 213]);
    file.close();
  },
  3,
);

withFile('io/simple_collective', (comm, path) => {
  const file = File.open(comm, path, 'wx');
  file.writeAtAll(new Uint8Array(700), 700 * comm.rank);
  file.close();
  comm.barrier();
  assert.equal(readFileSync(path).length, 700 * comm.size);
});

withFile('io/zero_count', (comm, path) => {
  // Only one rank asks for anything.
  const file = File.open(comm, path, 'w+');
  if (comm.rank === 0) file.write(new Uint8Array(10));
  settle(comm, file);
  file.seek(0);
  const wanted = comm.rank === 0 ? 10 : 0;
  assert.equal(file.readAll(new Uint8Array(wanted)), wanted);
  file.close();
});

withFile('io/userioerr', (comm, path) => {
  const file = File.open(comm, path, 'w', { deleteOnClose: true });
  assert.throws(() => file.readAt(new Uint8Array(80), 0), { code: 'ERR_ACCESS' });
  file.close();
});

withFile('io/setinfo', (comm, path) => {
  // Whichever of the hints the library keeps, data stays.
  const file = File.open(comm, path, 'w+', { hints: { access_style: 'write_once,random' } });
  file.setView(0, Int32Array);
  file.writeAtAll(Int32Array.of(comm.rank), comm.rank);
  settle(comm, file);
  file.setHints({ access_style: 'read_once' });
  const got = Int32Array.of(-1);
  assert.equal(file.readAtAll(got, comm.rank), 1);
  assert.equal(got[0], comm.rank);
  const style = file.hints.access_style;
  assert.ok(style === undefined || ['write_once,random', 'read_once'].includes(style), style);
  file.close();
});

withFile('io/i_rdwrord', (comm, path) => {
  // One number from each rank, all of them back by a request at the pointer.
  const { rank, size } = comm;
  const file = File.open(comm, path, 'w+', { deleteOnClose: true });
  file.setView(0, Int32Array);
  file.seek(rank);
  file.iwriteAll(Int32Array.of(rank)).wait();
  assert.equal(file.position, rank + 1);
  settle(comm, file);
  file.seek(0);
  const got = new Int32Array(size);
  assert.equal(file.ireadAll(got).wait(), size);
  assert.deepEqual([...got], upTo(size));
  file.close();
});

withFile('io/i_setviewcur', (comm, path) => {
  // As setviewcur, by requests.
  const { rank, size } = comm;
  const file = File.open(comm, path, 'w');
  file.setView(0, Int32Array);
  file.iwriteAll(Int32Array.of(size)).wait();
  assert.equal(file.position, 1);
  file.seek(1 + rank);
  file.iwrite(Int32Array.of(rank)).wait();
  file.close();
  const again = File.open(comm, path, 'r', { deleteOnClose: true });
  const got = new Int32Array(1);
  assert.equal(again.iread(got).wait(), 1);
  assert.equal(got[0], size);
  again.setView(again.position, Int32Array);
  again.seek(rank);
  assert.equal(again.ireadAll(got).wait(), 1);
  assert.equal(got[0], rank);
  again.close();
});

withFile('romio/atomicity', (comm, path) => {
  // The first rank writes while the others read: they get all that was there before, or all that comes.
  const n = 10_000;
  for (const spread of [false, true]) {
    const file = File.open(comm, `${path}.${spread}`, 'w+');
    file.setView(0, Int32Array, spread ? { blocklength: 1, stride: 2 } : 'contiguous');
    if (comm.rank === 0) file.write(new Int32Array(n));
    settle(comm, file);
    file.setAtomicity(true);
    assert.equal(file.atomicity, true);
    file.seek(0);
    comm.barrier();
    if (comm.rank === 0) file.write(new Int32Array(n).fill(10));
    else {
      const got = new Int32Array(n).fill(20);
      assert.equal(file.read(got), n);
      assert.ok(got[0] === 0 || got[0] === 10);
      assert.ok(got.every((x) => x === got[0]));
    }
    file.close();
  }
});
