/** Files (MPI 4.1 §14). Case numbers are those of the specification; what is in the files is read with node:fs. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  File,
  libraryVersion,
  waitAll,
  type Communicator,
  type FileHints,
  type FileLayout,
  type OpenMode,
} from 'flotilla';
import { check, checkWorld, refuses, run } from '../harness/cases.ts';

const ranks = (comm: Communicator) => [...Array(comm.size).keys()];

/** A folder that all ranks know while `body` runs. */
async function inFolder(
  comm: Communicator,
  body: (path: (name: string) => string) => unknown,
): Promise<void> {
  const folder = comm.bcast(comm.rank === 0 ? mkdtempSync(join(tmpdir(), 'flotilla-files-')) : undefined);
  await body((name) => join(folder, name));
  comm.barrier();
  if (comm.rank === 0) rmSync(folder, { recursive: true });
}

/** The bytes of a file as a typed array sees them, once all have closed it. */
const numbersIn = (path: string) => {
  const bytes = readFileSync(path);
  return new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

check('32: thirteen bytes of 42 a rank', (comm) =>
  inFolder(comm, (path) => {
    const { rank, size } = comm;
    for (const [write, read] of [
      ['writeAt', 'readAt'],
      ['writeAtAll', 'readAtAll'],
    ] as const) {
      const file = File.open(comm, path('bytes'), 'w+');
      file[write](new Uint8Array(13).fill(42), 13 * rank);
      file.sync();
      comm.barrier();
      file.sync();
      assert.equal(file.size(), 13 * size);
      const back = new Uint8Array(14).fill(7);
      assert.equal(file[read](back.subarray(0, 13), 13 * rank), 13);
      assert.deepEqual([...back], [...Array<number>(13).fill(42), 7]);
      // At the end of the file there is less to read.
      back.fill(7);
      assert.equal(file[read](back, 13 * (size - 1) + 3), 10);
      assert.deepEqual([...back], [...Array<number>(10).fill(42), 7, 7, 7, 7]);
      assert.equal(file[read](back, 13 * size + 5), 0);
      file.close();
      assert.deepEqual([...readFileSync(path('bytes'))], Array<number>(13 * size).fill(42));
      comm.barrier();
    }
  }),
);

check('32: subarray [7P, 5] / [7, 5] / [7r, 0]', (comm) =>
  inFolder(comm, (path) => {
    const { rank, size } = comm;
    const layout = { shape: [7 * size, 5], subshape: [7, 5], start: [7 * rank, 0] };
    const block = Int32Array.from({ length: 35 }, (_, i) => 10 * (rank + 1) + i);
    const file = File.open(comm, path('rows'), 'w+');
    file.setView(0, Int32Array, layout);
    file.writeAll(block);
    assert.equal(file.position, 35);
    file.sync();
    comm.barrier();
    const raw = numbersIn(path('rows'));
    assert.deepEqual(
      [...raw],
      ranks(comm).flatMap((r) => Array.from({ length: 35 }, (_, i) => 10 * (r + 1) + i)),
    );
    const back = new Int32Array(35);
    file.seek(0);
    assert.equal(file.readAll(back), 35);
    assert.deepEqual(back, block);
    file.close();
  }),
);

check('subarrays of columns, of boxes, and the next array behind', (comm) =>
  inFolder(comm, (path) => {
    const { rank, size } = comm;
    const file = File.open(comm, path('columns'), 'w+');
    const columns = { shape: [6, 3 * size], subshape: [6, 3], start: [0, 3 * rank] };
    file.setView(8, Int32Array, columns);
    const block = Int32Array.from({ length: 36 }, (_, i) => 1000 * rank + i);
    // Two arrays, one after the other.
    file.writeAtAll(block, 0);
    file.close();
    const raw = numbersIn(path('columns')).subarray(2);
    assert.equal(raw.length, 36 * size);
    for (const r of ranks(comm)) {
      for (let i = 0; i < 36; i++) {
        const [row, column] = [Math.floor(i / 3), i % 3];
        assert.equal(raw[row * 3 * size + 3 * r + column], 1000 * r + i);
      }
    }
    const shape = [4, 5, 2 * size];
    const whole = Float64Array.from({ length: 40 * size }, (_, i) => i);
    comm.barrier();
    if (rank === 0) writeFileSync(path('box'), whole);
    comm.barrier();
    const again = File.open(comm, path('box'));
    again.setView(0, Float64Array, { shape, subshape: [2, 3, 2], start: [1, 2, 2 * rank] });
    for (const how of ['readAt', 'readAtAll'] as const) {
      const box = new Float64Array(12);
      assert.equal(again[how](box, 0), 12);
      box.forEach((value, i) => {
        const [x, y, z] = [1 + Math.floor(i / 6), 2 + (Math.floor(i / 2) % 3), 2 * rank + (i % 2)];
        assert.equal(value, (x * 5 + y) * 2 * size + z);
      });
      assert.equal(again[how](box.subarray(0, 5), 4), 5);
      assert.equal(box[0], (1 * 5 + 4) * 2 * size + 2 * rank);
    }
    again.close();
  }),
);

check('vectors: dealt out like cards, and with a count', (comm) =>
  inFolder(comm, (path) => {
    const { rank, size } = comm;
    const file = File.open(comm, path('cards'), 'w+');
    file.setView(4 * 2 * rank, Int32Array, { blocklength: 2, stride: 2 * size });
    const n = 20;
    for (let i = 0; i < n; i += 5) {
      // Pieces that do not end with a block.
      file.write(Int32Array.from({ length: 5 }, (_, j) => 100 * rank + i + j));
    }
    assert.equal(file.position, n);
    file.sync();
    comm.barrier();
    file.sync();
    const raw = numbersIn(path('cards'));
    assert.equal(raw.length, n * size);
    for (const r of ranks(comm)) {
      for (let i = 0; i < n; i++) {
        assert.equal(raw[Math.floor(i / 2) * 2 * size + 2 * r + (i % 2)], 100 * r + i);
      }
    }
    file.seek(-3, 'end');
    const last = new Int32Array(8).fill(-1);
    assert.equal(file.read(last), 3);
    assert.deepEqual([...last], [17, 18, 19].map((i) => 100 * rank + i).concat(Array<number>(5).fill(-1)));
    comm.barrier();

    // Two blocks of one in five, then at once the next two: 0 5 6 11 12 17 …
    file.setView(0, Int32Array, { count: 2, blocklength: 1, stride: 5 });
    const seen = new Int32Array(6);
    const expected = [0, 5, 6, 11, 12, 17].filter((i) => i < raw.length);
    assert.equal(file.readAt(seen, 0), expected.length);
    assert.deepEqual(
      [...seen.subarray(0, expected.length)],
      expected.map((i) => raw[i]),
    );
    file.close();
  }),
);

check('pointers, append, sizes', (comm) =>
  inFolder(comm, (path) => {
    const { rank, size } = comm;
    const open = (mode: OpenMode) => File.open(comm, path('log'), mode);
    const file = open('w');
    assert.equal(file.position, 0);
    file.seek(4 * rank);
    file.write(Uint8Array.of(1, 2, 3, 4));
    assert.equal(file.position, 4 * rank + 4);
    refuses('ERR_ACCESS', () => file.read(new Uint8Array(1)), /writing only/);
    file.close();
    refuses('ERR_ARG', () => file.size(), /has been closed/);

    const more = open('a+');
    assert.equal(more.position, 4 * size);
    more.seek(rank, 'current');
    more.writeAll(Uint8Array.of(50 + rank));
    more.sync();
    comm.barrier();
    more.sync();
    assert.equal(more.size(), 5 * size);
    comm.barrier();
    more.setSize(4 * size + 1);
    assert.equal(more.size(), 4 * size + 1);
    const tail = new Uint8Array(3);
    assert.equal(more.readAt(tail, 4 * size - 1), 2);
    assert.deepEqual([...tail], [4, 50, 0]);
    comm.barrier();
    more.preallocate(4 * size);
    assert.equal(more.size(), 4 * size + 1);
    comm.barrier();
    more.preallocate(1000);
    assert.equal(more.size(), 1000);
    more.seek(0, 'end');
    assert.equal(more.position, 1000);
    refuses('ERR_ARG', () => more.seek(-1));
    more.close();

    const again = open('r');
    refuses('ERR_READ_ONLY', () => again.write(tail));
    refuses('ERR_READ_ONLY', () => again.setSize(1));
    refuses('ERR_ARG', () => again.readAt(tail, -1));
    refuses('ERR_TYPE', () => again.read([] as never));
    assert.equal(again.readAt(tail, 4 * size - 2), 3);
    assert.deepEqual([...tail], [3, 4, 50]);
    // Any array can be filled while the view is bytes.
    const words = new Uint16Array(3);
    assert.equal(again.readAt(words, 0), 3);
    const there = readFileSync(path('log'));
    assert.deepEqual(
      [...words],
      [0, 2, 4].map((at) => there.readUInt16LE(at)),
    );
    assert.equal(again.position, 0);
    assert.equal(again.read(words), 3);
    assert.equal(again.position, 6);
    again.setView(0, Uint16Array);
    refuses('ERR_TYPE', () => again.read(tail), /Uint16Array, not of a Uint8Array/);
    again.close();
    const emptied = open('w');
    assert.equal(emptied.size(), 0);
    emptied.close();
  }),
);

check('requests', (comm) =>
  inFolder(comm, async (path) => {
    const { rank, size } = comm;
    const n = 1000;
    const file = File.open(comm, path('requests'), 'w+');
    file.setView(0, Float64Array);
    const parts = [0, 1, 2, 3].map((part) =>
      Float64Array.from({ length: n }, (_, i) => rank + part * 10 + i / n),
    );
    waitAll(parts.map((array, part) => file.iwriteAt(array, (part * size + rank) * n)));
    file.sync();
    comm.barrier();
    file.sync();
    const back = parts.map(() => new Float64Array(n));
    const reads = back.map((array, part) => file.ireadAt(array, (part * size + rank) * n));
    assert.equal(await reads[0], n);
    assert.deepEqual(waitAll(reads), [n, n, n, n]);
    assert.deepEqual(back, parts);
    const together = file.iwriteAtAll(parts[1]!, rank * n);
    together.wait();
    file.sync();
    comm.barrier();
    file.sync();
    const beyond = new Float64Array(2 * n);
    assert.equal(await file.ireadAtAll(beyond, (4 * size - 1) * n), n);
    assert.deepEqual(beyond[0], size - 1 + 30);
    assert.equal(await file.ireadAt(beyond.subarray(0, n), rank * n), n);
    assert.deepEqual(beyond.subarray(0, n), parts[1]);
    file.close();
  }),
);

check('requests at the pointer', (comm) =>
  inFolder(comm, async (path) => {
    const { rank, size } = comm;
    const file = File.open(comm, path('pointer'), 'w+');
    // Every rank has its elements in turn.
    file.setView(4 * rank, Int32Array, { blocklength: 1, stride: size });
    const parts = [0, 1, 2, 3].map((part) =>
      Int32Array.from({ length: 5 }, (_, i) => 1000 * rank + 10 * part + i),
    );
    const writes = [
      file.iwrite(parts[0]!),
      file.iwriteAll(parts[1]!),
      file.iwriteAll(parts[2]!),
      file.iwrite(parts[3]!),
    ];
    assert.equal(file.position, 20);
    waitAll(writes);
    file.sync();
    comm.barrier();
    file.sync();
    file.seek(0);
    const got = parts.map(() => new Int32Array(5));
    const reads = [file.iread(got[0]!), file.ireadAll(got[1]!), file.ireadAll(got[2]!), file.iread(got[3]!)];
    assert.equal(file.position, 20);
    assert.deepEqual(waitAll(reads), [5, 5, 5, 5]);
    assert.deepEqual(got, parts);
    // At the end there is less, and the pointer stays there.
    file.seek(18);
    const end = new Int32Array(5).fill(-1);
    assert.equal(await file.iread(end), 2);
    assert.deepEqual([...end], [...parts[3]!.subarray(3), -1, -1, -1]);
    assert.equal(file.position, 20);
    refuses('ERR_TYPE', () => file.iread(new Float64Array(1)), /iread/);
    file.close();
    comm.barrier();
    const whole = numbersIn(path('pointer'));
    assert.equal(whole.length, 20 * size);
    assert.ok(
      whole.every(
        (value, at) =>
          value === 1000 * (at % size) + 10 * Math.floor(at / size / 5) + (Math.floor(at / size) % 5),
      ),
    );
  }),
);

check('hints', (comm) =>
  inFolder(comm, (path) => {
    const file = File.open(comm, path('hints'), 'w+', {
      hints: { cb_buffer_size: 1 << 20, 'no.such.hint': 'x' },
    });
    const [hints, library] = [file.hints, libraryVersion()];
    if (library.startsWith('Flotilla')) assert.deepEqual(hints, {});
    else assert.equal(hints.cb_buffer_size, String(1 << 20));
    file.setHints({ cb_buffer_size: 1 << 21 });
    if (library.startsWith('MPICH')) assert.equal(file.hints.cb_buffer_size, String(1 << 21));
    file.writeAll(new Uint8Array(10));
    refuses('ERR_ARG', () => file.setHints({ '': 1 }), /keys/);
    refuses('ERR_ARG', () => file.setHints({ key: 'x'.repeat(256) }));
    file.close();
    const last = comm.rank === comm.size - 1;
    const bad = (hints: FileHints) => () => File.open(comm, path('hints'), 'r', { hints });
    refuses('ERR_ARG', bad(last ? { key: '' } : { key: 1 }), /hints on rank/);
    if (comm.size > 1) refuses('ERR_NOT_SAME', bad({ key: last ? 1 : 2 }), /other hints/);
  }),
);

check('atomicity: what one writes others see as a whole', (comm) =>
  inFolder(comm, (path) => {
    const { rank, size } = comm;
    const n = 20_000;
    const file = File.open(comm, path('atomic'), 'w+');
    assert.equal(file.atomicity, false);
    file.setAtomicity(true);
    assert.equal(file.atomicity, true);
    // Contiguous, then every other element; all write their rank over and over, and read.
    for (const stride of [1, 2]) {
      file.setView(0, Int32Array, { blocklength: 1, stride });
      const [own, got] = [new Int32Array(n).fill(rank), new Int32Array(n)];
      if (rank === 0) file.writeAt(own, 0);
      comm.barrier();
      for (let round = 0; round < 4; round++) {
        file.writeAt(own, 0);
        assert.equal(file.readAt(got, 0), n);
        assert.ok(got[0]! >= 0 && got[0]! < size);
        assert.ok(got.every((value) => value === got[0]));
        file.iwriteAt(own, 0).wait();
        assert.equal(file.ireadAt(got, 0).wait(), n);
        assert.ok(got.every((value) => value === got[0]));
      }
      comm.barrier();
      // Seen at once, without sync.
      if (rank === size - 1) file.writeAt(own.fill(77), 0);
      comm.barrier();
      file.readAtAll(got, 0);
      assert.ok(got.every((value) => value === 77));
      comm.barrier();
    }
    file.setAtomicity(false);
    assert.equal(file.atomicity, false);
    refuses('ERR_ARG', () => file.setAtomicity(1 as unknown as boolean));
    file.close();
  }),
);

check('a matrix of blocks in memory larger than a cache', (comm) =>
  inFolder(comm, (path) => {
    const { rank, size } = comm;
    const [rows, columns] = [300, 200];
    const file = File.open(comm, path('matrix'), 'w+');
    file.setView(0, Float64Array, {
      shape: [rows, columns * size],
      subshape: [rows, columns],
      start: [0, columns * rank],
    });
    const block = Float64Array.from({ length: rows * columns }, (_, i) => rank * 1e6 + i);
    file.writeAtAll(block, 0);
    file.sync();
    comm.barrier();
    file.sync();
    assert.equal(file.size(), 8 * rows * columns * size);
    const back = new Float64Array(rows * columns);
    assert.equal(file.readAt(back, 0), back.length);
    assert.deepEqual(back, block);
    file.close();
  }),
);

check('a rank with nothing', (comm) =>
  inFolder(comm, (path) => {
    const { rank, size } = comm;
    const rows = size - 1;
    const file = File.open(comm, path('few'), 'w+');
    const own = rank < rows ? 1 : 0;
    const layout: FileLayout = { shape: [rows, 4], subshape: [own, 4], start: [Math.min(rank, rows), 0] };
    file.setView(0, Int32Array, layout);
    file.writeAll(new Int32Array(4 * own).fill(rank));
    if (own === 0) refuses('ERR_ARG', () => file.write(new Int32Array(1)), /shows no elements/);
    file.close();
    assert.deepEqual(
      [...numbersIn(path('few'))],
      ranks(comm).flatMap((r) => (r < rows ? Array<number>(4).fill(r) : [])),
    );
  }),
);

check('what cannot be opened fails on all ranks', (comm) =>
  inFolder(comm, (path) => {
    refuses('ERR_NO_SUCH_FILE', () => File.open(comm, path('none')));
    refuses('ERR_NO_SUCH_FILE', () => File.open(comm, path('none'), 'r+'));
    refuses('ERR_NO_SUCH_FILE', () => File.open(comm, path('no/folder'), 'w'));
    refuses('ERR_NO_SUCH_FILE', () => File.delete(comm, path('none')));
    // The system's own refusal: root may do nearly everything.
    refuses('ERR_ACCESS', () => File.open(comm, '/sys/devices/system/cpu/online', 'r+'));
    if (comm.rank === 0) {
      mkdirSync(path('folder'));
      writeFileSync(path('there'), 'x');
    }
    comm.barrier();
    refuses('ERR_FILE_EXISTS', () => File.open(comm, path('there'), 'wx'));
    refuses('ERR_BAD_FILE', () => File.open(comm, path('folder'), 'w'));
    refuses('ERR_BAD_FILE', () => File.open(comm, path('folder')), /directory/);
    refuses('ERR_BAD_FILE', () => File.open(comm, path('there/below')), /ENOTDIR|rank 0/);
    refuses('ERR_BAD_FILE', () => File.open(comm, ''));
    refuses('ERR_AMODE', () => File.open(comm, path('there'), 'rw' as never));
    assert.equal(readFileSync(path('there'), 'utf8'), 'x');
    const file = File.open(comm, path('new'), 'wx');
    file.close();
    const temporary = File.open(comm, path('temporary'), 'w', { deleteOnClose: true });
    temporary.writeAt(Uint8Array.of(1), comm.rank);
    assert.ok(existsSync(path('temporary')));
    temporary.close();
    comm.barrier();
    assert.ok(!existsSync(path('temporary')));
    File.delete(comm, path('new'));
    assert.ok(!existsSync(path('new')));
  }),
);

check('views that are none', (comm) =>
  inFolder(comm, (path) => {
    const file = File.open(comm, path('views'), 'w');
    const wrong: FileLayout[] = [
      { blocklength: 3, stride: 2 },
      { blocklength: -1, stride: 2 },
      { blocklength: 1, stride: 2, count: 0.5 },
      { shape: [4, 4], subshape: [2], start: [0, 0] },
      { shape: [4, 4], subshape: [2, 3], start: [0, 2] },
      { shape: [], subshape: [], start: [] },
    ];
    for (const layout of wrong) refuses('ERR_ARG', () => file.setView(0, Int32Array, layout));
    refuses('ERR_ARG', () => file.setView(-1, Int32Array));
    refuses('ERR_TYPE', () => file.setView(0, Array as never));
    file.close();
  }),
);

checkWorld('ranks that disagree', (comm) =>
  inFolder(comm, (path) => {
    if (comm.size === 1) return;
    refuses('ERR_NOT_SAME', () => File.open(comm, path('x'), comm.rank === 1 ? 'w' : 'w+'), /on rank/);
    refuses('ERR_BAD_FILE', () => File.open(comm, comm.rank === 1 ? '' : path('x'), 'w'), /rank 1/);
    refuses('ERR_NO_SUCH_FILE', () => File.open(comm, comm.rank === 1 ? path('no/x') : path('x'), 'w'));
    assert.ok(comm.rank === 1 || !existsSync(path('no')));
  }),
);

await run();
