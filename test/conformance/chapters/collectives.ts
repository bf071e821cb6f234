/** MPI 4.1 §6: the cases of test/mpi/coll that move data. */
import assert from 'node:assert/strict';
import { IN_PLACE, MAX, SUM, waitAll, strided, type Communicator } from 'flotilla';
import { conforms, doubles, everyKind, integers, powers, upTo } from '../cases.ts';

const roots = (comm: Communicator) => upTo(comm.size);
/** Every r-th row of a square table belongs to a rank, which paints it. */
const ROWS = 16;
const rowsOf = (comm: Communicator) => Math.floor(ROWS / comm.size);

for (const [name, inPlace, irregular] of [
  ['coll/allgather2', true, false],
  ['coll/allgather3', false, false],
  ['coll/allgatherv2', true, true],
  ['coll/allgatherv3', false, true],
] as const) {
  conforms(name, (comm) =>
    everyKind(comm, (each) => {
      const { rank, size } = each;
      for (const count of powers(9000, 4)) {
        const mine = doubles(count, (i) => rank * count + i);
        const all = new Float64Array(count * size);
        if (inPlace) all.set(mine, rank * count);
        const send = inPlace ? IN_PLACE : mine;
        const counts = roots(each).map(() => count);
        if (irregular) each.Allgatherv(send, { data: all, counts, displs: counts.map((n, r) => n * r) });
        else each.Allgather(send, all);
        all.forEach((x, i) => assert.equal(x, i));
      }
      each.Allgather(IN_PLACE, new Uint8Array(0));
    }),
  );
}

conforms('coll/allgatherv4', (comm) => {
  // Blocks of very different sizes: all of one, some of many, one of all.
  const { rank, size } = comm;
  for (const length of [1, 8, 8192]) {
    for (const counts of [
      upTo(size).map(() => length),
      upTo(size).map((r) => (r % 3 === 0 ? length : 0)),
      upTo(size).map((r) => (r === size - 1 ? length * size : 0)),
      upTo(size).map((r) => length * r),
    ]) {
      const data = new Int32Array(counts.reduce((a, b) => a + b)).fill(-1);
      comm.Allgatherv(new Int32Array(counts[rank]!).fill(rank), { data, counts });
      assert.deepEqual(data, Int32Array.from(counts.flatMap((n, r) => Array<number>(n).fill(r))));
    }
  }
});

conforms('coll/alltoall1', (comm) =>
  everyKind(comm, (each) => {
    const { rank, size } = each;
    for (const count of [1, 100, 10_000]) {
      const send = integers(count * size, (i) => i + rank * 100_000);
      const check = (got: Int32Array) =>
        got.forEach((x, i) => assert.equal(x, Math.floor(i / count) * 100_000 + rank * count + (i % count)));
      const got = new Int32Array(count * size);
      each.Alltoall(send, got);
      check(got);
      each.Alltoall(IN_PLACE, send);
      check(send);
    }
  }),
);

conforms('coll/alltoallv', (comm) =>
  everyKind(comm, (each) => {
    const { rank, size } = each;
    const start = (r: number) => (r * (r + 1)) / 2;
    const send = {
      data: integers(size * size, (i) => i + 100 * rank),
      counts: roots(each),
      displs: roots(each).map(start),
    };
    const data = new Int32Array(size * size);
    each.Alltoallv(send, {
      data,
      counts: roots(each).map(() => rank),
      displs: roots(each).map((r) => r * rank),
    });
    for (const r of roots(each))
      for (const k of upTo(rank)) assert.equal(data[r * rank + k], r * 100 + start(rank) + k);
  }),
);

conforms('coll/alltoallv0', (comm) =>
  everyKind(comm, (each) => {
    // Only neighbours exchange anything.
    const { rank, size } = each;
    const near = (r: number) => r === (rank + 1) % size || r === (rank + size - 1) % size;
    const counts = roots(each).map((r) => (near(r) ? 3 : 0));
    const displs = roots(each).map((r) => r * size);
    const send = integers(size * Math.max(size, 3), (i) => i + 100 * rank);
    const data = new Int32Array(send.length).fill(-1);
    each.Alltoallv({ data: send, counts, displs }, { data, counts, displs });
    for (const r of roots(each).filter(near))
      for (const k of upTo(Math.min(3, size))) assert.equal(data[r * size + k], r * 100 + rank * size + k);
  }),
);

conforms('coll/bcast', (comm) =>
  everyKind(comm, (each) => {
    for (const root of roots(each)) {
      for (const count of [0, 1, 4096, 20_000]) {
        const array = integers(count, (i) => (each.rank === root ? i + root : -1));
        each.Bcast(array, root);
        array.forEach((x, i) => assert.equal(x, i + root));
      }
    }
  }),
);

conforms('coll/bcasttest', (comm) => {
  // Many of them, one behind the other, from every root.
  for (const root of roots(comm)) {
    for (const length of powers(200_000, 8)) {
      const array = integers(length, (i) => (comm.rank === root ? (i * 7 + length) & 255 : 0));
      comm.Bcast(array, root);
      array.forEach((x, i) => assert.equal(x, (i * 7 + length) & 255));
    }
  }
});

conforms('coll/bcastzerotype', (comm) => {
  for (const root of roots(comm)) comm.Bcast(new Float64Array(0), root);
});

for (const [name, inPlace] of [
  ['coll/gather', false],
  ['coll/gather2', true],
] as const) {
  conforms(name, (comm) =>
    everyKind(comm, (each) => {
      const { rank, size } = each;
      const [n, stride] = [12, 10];
      const field = new Float64Array(n * stride).fill(-2);
      for (const i of upTo(n)) field[i * stride] = rank * n + i;
      const column = strided(field, { shape: [n], strides: [stride] }).pack(new Float64Array(n));
      for (const root of roots(each)) {
        const all = rank === root ? new Float64Array(n * size) : null;
        if (inPlace && all) all.set(column, rank * n);
        each.Gather(inPlace && rank === root ? IN_PLACE : column, all, root);
        all?.forEach((x, i) => assert.equal(x, i));
        for (const count of powers(65_000, 16)) {
          const whole = rank === root ? new Float64Array(count * size) : null;
          each.Gather(
            doubles(count, (i) => i),
            whole,
            root,
          );
          whole?.forEach((x, i) => assert.equal(x, i % count));
        }
      }
      each.Gather(new Uint8Array(0), rank === 0 ? new Uint8Array(0) : null, 0);
    }),
  );
}

conforms('coll/gatherv', (comm) => {
  const { rank, size } = comm;
  const n = rowsOf(comm) * ROWS;
  for (const root of roots(comm)) {
    const data = rank === root ? new Int32Array(n * size) : null;
    const layout = data && { data, counts: roots(comm).map(() => n), displs: roots(comm).map((r) => r * n) };
    comm.Gatherv(new Int32Array(n).fill(rank + 10), layout, root);
    data?.forEach((x, i) => assert.equal(x, Math.floor(i / n) + 10));
  }
});

conforms('coll/scatter2', (comm) => {
  // The root keeps its piece where it is.
  const { rank, size } = comm;
  const all = doubles(12 * size, (i) => i);
  for (const root of roots(comm)) {
    const piece = new Float64Array(12).fill(-1);
    comm.Scatter(rank === root ? all : null, rank === root ? IN_PLACE : piece, root);
    if (rank !== root) piece.forEach((x, i) => assert.equal(x, rank * 12 + i));
  }
});

conforms('coll/scattern', (comm) => {
  const { rank, size } = comm;
  const [n, stride] = [12, 10];
  for (const root of roots(comm)) {
    // Columns of a field, packed as the root sends them.
    const field = doubles(n * stride * size, (i) => i);
    const extent = (n - 1) * stride + 1;
    const pieces = roots(comm).map((r) =>
      strided(field, { offset: r * extent, shape: [n], strides: [stride] }).pack(new Float64Array(n)),
    );
    const all = doubles(n * size, (i) => Number(pieces[Math.floor(i / n)]![i % n]));
    const piece = new Float64Array(n).fill(-1);
    comm.Scatter(rank === root ? all : null, piece, root);
    piece.forEach((x, i) => assert.equal(x, rank * extent + i * stride));
  }
});

conforms('coll/scatter3', (comm) => {
  const { rank, size } = comm;
  for (const root of roots(comm)) {
    const piece = new Float64Array(4096);
    comm.Scatter(rank === root ? doubles(4096 * size, (i) => i) : null, piece, root);
    piece.forEach((x, i) => assert.equal(x, rank * 4096 + i));
  }
});

conforms('coll/scatterv', (comm) => {
  // Tiles of a field, the gaps between them left out.
  const { rank, size } = comm;
  const [count, gap] = [50, 7];
  const counts = roots(comm).map(() => count);
  const displs = roots(comm).map((r) => r * (count + gap));
  for (const root of roots(comm)) {
    const data = doubles(size * (count + gap), (i) => i);
    const piece = new Float64Array(count);
    comm.Scatterv(rank === root ? { data, counts, displs } : null, piece, root);
    piece.forEach((x, i) => assert.equal(x, displs[rank]! + i));
  }
});

conforms('coll/coll2', (comm) => {
  const n = rowsOf(comm) * ROWS;
  const table = new Int32Array(n * comm.size);
  table.fill(comm.rank + 10, comm.rank * n, (comm.rank + 1) * n);
  const mine = table.slice(comm.rank * n, (comm.rank + 1) * n);
  for (const root of roots(comm))
    comm.Gather(root === comm.rank ? IN_PLACE : mine, root === comm.rank ? table : null, root);
  table.forEach((x, i) => assert.equal(x, Math.floor(i / n) + 10));
});

for (const [name, irregular] of [
  ['coll/coll4', false],
  ['coll/coll5', true],
] as const) {
  conforms(name, (comm) => {
    const { rank, size } = comm;
    const table = rank === 0 ? integers(size * ROWS, (i) => Math.floor(i / ROWS) + (i % ROWS)) : null;
    const row = new Int32Array(ROWS);
    const counts = roots(comm).map(() => ROWS);
    if (irregular)
      comm.Scatterv(table && { data: table, counts, displs: roots(comm).map((r) => r * ROWS) }, row, 0);
    else comm.Scatter(table, row, 0);
    row.forEach((x, i) => assert.equal(x, i + rank));
  });
}

conforms('coll/coll6', (comm) => {
  const n = rowsOf(comm) * ROWS;
  const counts = roots(comm).map(() => n);
  for (const inPlace of [false, true]) {
    const data = new Int32Array(n * comm.size);
    const mine = new Int32Array(n).fill(comm.rank + 10);
    if (inPlace) data.set(mine, comm.rank * n);
    comm.Allgatherv(inPlace ? IN_PLACE : mine, { data, counts, displs: roots(comm).map((r) => r * n) });
    data.forEach((x, i) => assert.equal(x, Math.floor(i / n) + 10));
  }
});

conforms('coll/coll7', (comm) => {
  // As coll6, on ever smaller groups of the first ranks.
  for (let participants = comm.size; participants > 0; participants--) {
    const part = comm.split(comm.rank < participants ? 0 : null);
    if (!part) continue;
    const all = new Int32Array(4 * part.size);
    part.Allgather(new Int32Array(4).fill(part.rank + 10), all);
    all.forEach((x, i) => assert.equal(x, (i >> 2) + 10));
    part.free();
  }
});

conforms('coll/coll13', (comm) => {
  const chunk = 4096;
  const got = new Int32Array(chunk * comm.size);
  comm.Alltoall(new Int32Array(chunk * comm.size).fill(comm.rank + 1), got);
  got.forEach((x, i) => assert.equal(x, Math.floor(i / chunk) + 1));
});

conforms('coll/ibarrier', async (comm) => {
  // Nobody is through before all have come.
  if (comm.rank === comm.size - 1) comm.send('come', 0, 8);
  if (comm.rank === 0) assert.equal(comm.recv(comm.size - 1, 8), 'come');
  const requests = upTo(4).map(() => comm.ibarrier());
  while (!requests[3]!.test());
  waitAll(requests);
  await comm.ibarrier();
});

conforms('coll/iallred', (comm) => {
  const total = new Int32Array(1);
  const request = comm.Iallreduce(Int32Array.of(comm.rank + 1), total, SUM);
  request.wait();
  assert.equal(total[0], (comm.size * (comm.size + 1)) / 2);
});

conforms('coll/nonblocking', (comm) =>
  everyKind(comm, (each) => {
    const { rank, size } = each;
    const n = 10;
    const all = () => new Int32Array(n * size);
    const [b, g, s, ag, aa, r, ar, rs, sc] = [all(), all(), all(), all(), all(), all(), all(), all(), all()];
    const mine = new Int32Array(n).fill(rank + 1);
    const root = size - 1;
    const piece = s.subarray(0, n);
    if (rank === root) b.fill(7);
    waitAll([
      each.ibarrier(),
      each.Ibcast(b, root),
      each.Igather(mine, rank === root ? g : null, root),
      each.Iscatter(rank === root ? integers(n * size, (i) => Math.floor(i / n)) : null, piece, root),
      each.Iallgather(mine, ag),
      each.Ialltoall(
        integers(n * size, (i) => rank * size + Math.floor(i / n)),
        aa,
      ),
      each.Ireduce(all().fill(rank), rank === root ? r : null, SUM, root),
      each.Iallreduce(all().fill(rank), ar, MAX),
      each.IreduceScatterBlock(all().fill(1), rs.subarray(0, n), SUM),
      each.Iscan(all().fill(1), sc, SUM),
    ]);
    const sum = (size * (size - 1)) / 2;
    assert.ok(b.every((x) => x === 7));
    assert.ok(piece.every((x) => x === rank));
    for (const gathered of rank === root ? [g, ag] : [ag])
      gathered.forEach((x, i) => assert.equal(x, Math.floor(i / n) + 1));
    aa.forEach((x, i) => assert.equal(x, Math.floor(i / n) * size + rank));
    if (rank === root) assert.ok(r.every((x) => x === sum));
    assert.ok(ar.every((x) => x === size - 1));
    assert.ok(rs.subarray(0, n).every((x) => x === size));
    assert.ok(sc.every((x) => x === rank + 1));
  }),
);

conforms('coll/nonblocking2', (comm) => {
  // Each of them by itself, waited for at once, irregular ones too.
  const { rank, size } = comm;
  const counts = roots(comm).map((r) => r + 1);
  const total = (size * (size + 1)) / 2;
  const expected = Int32Array.from(counts.flatMap((n, r) => Array<number>(n).fill(r)));
  const mine = new Int32Array(rank + 1).fill(rank);
  const data = new Int32Array(total);
  comm.Iallgatherv(mine, { data, counts }).wait();
  assert.deepEqual(data, expected);
  for (const root of roots(comm)) {
    const all = rank === root ? new Int32Array(total) : null;
    comm.Igatherv(mine, all && { data: all, counts }, root).wait();
    if (all) assert.deepEqual(all, expected);
    const piece = new Int32Array(rank + 1);
    comm.Iscatterv(rank === root ? { data: expected, counts } : null, piece, root).wait();
    assert.deepEqual(piece, mine);
  }
  const into = { data: new Int32Array(size * (rank + 1)), counts: roots(comm).map(() => rank + 1) };
  comm.Ialltoallv({ data: new Int32Array(total).fill(rank), counts }, into).wait();
  into.data.forEach((x, i) => assert.equal(x, Math.floor(i / (rank + 1))));
  const prefix = new Int32Array(1);
  comm.Iexscan(Int32Array.of(rank + 1), prefix, SUM).wait();
  if (rank > 0) assert.equal(prefix[0], (rank * (rank + 1)) / 2);
  const share = new Int32Array(rank + 1);
  comm
    .IreduceScatter(
      integers(total, (i) => i),
      share,
      counts,
      SUM,
    )
    .wait();
  share.forEach((x, i) => assert.equal(x, size * ((rank * (rank + 1)) / 2 + i)));
});

conforms('coll/nonblocking3', async (comm) => {
  // Many under way at once on several communicators, completed in another order.
  const comms = [comm, comm.dup(), comm.dup()];
  const arrays = upTo(30).map((i) => new Float64Array(100).fill(comm.rank + i));
  const requests = arrays.map((array, i) => comms[i % 3]!.Iallreduce(IN_PLACE, array, SUM));
  for (const i of upTo(30).reverse()) await requests[i];
  const sum = (comm.size * (comm.size - 1)) / 2;
  arrays.forEach((array, i) => assert.ok(array.every((x) => x === sum + i * comm.size)));
  for (const each of comms.slice(1)) each.free();
});
