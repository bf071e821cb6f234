/** MPI 4.1 §6.9 to §6.12: the cases of test/mpi/coll that combine data. */
import assert from 'node:assert/strict';
import {
  BAND,
  BOR,
  BXOR,
  createBlockOp,
  createOp,
  IN_PLACE,
  LAND,
  LOR,
  LXOR,
  MAX,
  MAXLOC,
  MIN,
  MINLOC,
  PROD,
  SUM,
  type Communicator,
  type Op,
} from 'flotilla';
import { conforms, doubles, everyKind, integers, powers, upTo } from '../cases.ts';

const roots = (comm: Communicator) => upTo(comm.size);
const triangle = (n: number) => (n * (n - 1)) / 2;
const KINDS = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array] as const;
const ALL_KINDS = [...KINDS, Float32Array, Float64Array] as const;

/** Three elements by `value` on each rank, combined at every root, against `expected`. */
function reduces(
  comm: Communicator,
  kinds: typeof KINDS | typeof ALL_KINDS,
  op: Op<number> | Op<boolean> | typeof LAND,
  values: readonly number[],
  expected: readonly number[],
): void {
  for (const Kind of kinds) {
    for (const root of roots(comm)) {
      const total = comm.rank === root ? new Kind(values.length) : null;
      comm.Reduce(Kind.from(values), total, op, root);
      if (total) assert.deepEqual(total, Kind.from(expected), `${Kind.name} at ${root}`);
    }
  }
  for (const Big of [BigInt64Array, BigUint64Array]) {
    const total = new Big(values.length);
    comm.Allreduce(Big.from(values.map(BigInt)), total, op);
    assert.deepEqual(total, Big.from(expected.map(BigInt)));
  }
}

conforms('coll/opsum', (comm) =>
  reduces(comm, ALL_KINDS, SUM, [1, 0, comm.rank > 0 ? 1 : 0], [comm.size, 0, comm.size - 1]),
);
conforms('coll/opprod', (comm) => {
  // On up to five ranks the product of the ranks fits into a byte.
  const product = comm.size <= 5 ? upTo(comm.size).reduce((p, r) => p * (r + 1), 1) : 1;
  reduces(
    comm,
    ALL_KINDS,
    PROD,
    [comm.size <= 5 ? comm.rank + 1 : 1, 0, comm.rank > 0 ? 1 : 2],
    [product, 0, 2],
  );
});
conforms('coll/opmax', (comm) => reduces(comm, ALL_KINDS, MAX, [1, 0, comm.rank], [1, 0, comm.size - 1]));
conforms('coll/opmin', (comm) => reduces(comm, ALL_KINDS, MIN, [1, 0, comm.rank], [1, 0, 0]));
conforms('coll/opland', (comm) => {
  const last = comm.rank > 0 ? 1 : 0;
  reduces(comm, KINDS, LAND, [1, 0, last], [1, 0, 0]);
});
conforms('coll/oplor', (comm) =>
  reduces(comm, KINDS, LOR, [1, 0, comm.rank > 0 ? 1 : 0], [1, 0, comm.size > 1 ? 1 : 0]),
);
conforms('coll/oplxor', (comm) =>
  reduces(comm, KINDS, LXOR, [1, 0, comm.rank > 0 ? 1 : 0], [comm.size % 2, 0, (comm.size - 1) % 2]),
);
conforms('coll/opband', (comm) =>
  reduces(comm, KINDS, BAND, [0x7f, 0, comm.rank > 0 ? 0x7f : 0x70], [0x7f, 0, 0x70]),
);
conforms('coll/opbor', (comm) =>
  reduces(comm, KINDS, BOR, [0x7f, 0, comm.rank > 0 ? 0x3c : 0x41], [0x7f, 0, comm.size > 1 ? 0x7d : 0x41]),
);
conforms('coll/opbxor', (comm) =>
  reduces(
    comm,
    KINDS,
    BXOR,
    [0x7f, 0, comm.rank > 0 ? 0x33 : 0x11],
    [comm.size % 2 ? 0x7f : 0, 0, comm.size % 2 ? 0x11 : 0x22],
  ),
);

for (const [name, op, wins] of [
  ['coll/opmaxloc', MAXLOC, (comm: Communicator) => comm.size - 1],
  ['coll/opminloc', MINLOC, () => 0],
] as const) {
  conforms(name, (comm) => {
    const { rank } = comm;
    for (const Kind of [Int16Array, Int32Array, Float32Array, Float64Array]) {
      // (value, place): all alike, none, the rank, and ties that go to the lowest rank.
      const total = new Kind(8);
      comm.Allreduce(Kind.of(1, rank, 0, rank, rank, rank, rank > 0 ? 5 : 5, rank), total, op);
      assert.deepEqual(total, Kind.of(1, 0, 0, 0, wins(comm), wins(comm), 5, 0));
    }
  });
}

conforms('coll/allred', (comm) => {
  for (const Kind of ALL_KINDS) {
    for (const count of [1, 1000, 20_000]) {
      const [mine, all] = [new Kind(count), new Kind(count)];
      for (let i = 0; i < count; i++) mine[i] = i % 10;
      comm.Allreduce(mine, all, SUM);
      assert.ok(
        all.every((x, i) => x === (i % 10) * comm.size),
        Kind.name,
      );
      comm.Allreduce(mine.fill(comm.rank), all, MAX);
      assert.ok(all.every((x) => x === comm.size - 1));
    }
  }
});

conforms('coll/allred2', (comm) =>
  everyKind(comm, (each) => {
    for (const count of powers(65_000, 8)) {
      const array = integers(count, (i) => each.rank + i);
      each.Allreduce(IN_PLACE, array, SUM);
      array.forEach((x, i) => assert.equal(x, i * each.size + triangle(each.size)));
    }
  }),
);

/** Matrices of one order side by side, multiplied in rank order. */
const product = createOp<number[][]>(
  (a, b) => a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0))),
  { commutative: false },
);
const identity = (n: number) => upTo(n).map((i) => upTo(n).map((j) => (i === j ? 1 : 0)));
/** The identity with two rows exchanged. */
function exchanged(n: number, a: number, b: number): number[][] {
  const matrix = identity(n);
  [matrix[a], matrix[b]] = [matrix[b]!, matrix[a]!];
  return matrix;
}

conforms('coll/allred3', (comm) =>
  everyKind(comm, (each) => {
    // P_0 P_1 … P_{size−2} of neighbouring exchanges is a shift; the last rank has the identity.
    const { rank, size } = each;
    const mine = rank === size - 1 ? identity(size) : exchanged(size, rank, rank + 1);
    const shift = upTo(size).map((i) => upTo(size).map((j) => (j === (i + 1) % size ? 1 : 0)));
    assert.deepEqual(each.allreduce(mine, product), transposed(shift));
  }),
);

const transposed = (matrix: number[][]) => matrix.map((row, i) => row.map((_, j) => matrix[j]![i]!));

conforms(
  'coll/allred4',
  (comm) => {
    const a = [[1, 0, 0], [0, 0, 1], [0, 1, 0]]; // prettier-ignore
    const b = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]; // prettier-ignore
    const { rank, size } = comm;
    const [first, second] = size === 2 ? [0, 1] : [size >> 2, (3 * size) >> 2];
    const mine = rank === first ? a : rank === second ? b : identity(3);
    assert.deepEqual(comm.allreduce(mine, product), [[0, 1, 0], [0, 0, 1], [1, 0, 0]]); // prettier-ignore
  },
  2,
);

conforms('coll/allred5', (comm) =>
  everyKind(comm, (each) => {
    const count = 2 * each.size;
    const all = new Int32Array(count).fill(-1);
    each.Allreduce(
      integers(count, (i) => i),
      all,
      SUM,
    );
    all.forEach((x, i) => assert.equal(x, i * each.size));
  }),
);

conforms('coll/allred6', (comm) =>
  everyKind(comm, (each) => {
    const add = createOp<number>((a, b) => a + b, { commutative: false });
    for (const count of powers(65_000, 4)) {
      const array = integers(count, (i) => each.rank + i);
      each.Allreduce(IN_PLACE, array, add);
      array.forEach((x, i) => assert.equal(x, i * each.size + triangle(each.size)));
    }
  }),
);

conforms('coll/allredmany', (comm) => {
  const [scale, total] = [new Float64Array([1]), new Float64Array(1)];
  for (let i = 0; i < 100; i++) comm.Allreduce(scale, total, SUM);
  assert.equal(total[0], comm.size);
});

conforms('coll/coll8', (comm) => {
  for (const [op, expected] of [
    [SUM, triangle(comm.size)],
    [MIN, 0],
    [MAX, comm.size - 1],
  ] as const) {
    const result = new Int32Array(1);
    comm.Reduce(Int32Array.of(comm.rank), comm.rank === 0 ? result : null, op, 0);
    comm.Bcast(result, 0);
    assert.equal(result[0], expected);
  }
});

conforms('coll/coll9', (comm) => {
  const add = createOp<number>((a, b) => a + b);
  const result = new Int32Array(1);
  comm.Reduce(Int32Array.of(comm.rank), comm.rank === 0 ? result : null, add, 0);
  comm.Bcast(result, 0);
  assert.equal(result[0], triangle(comm.size));
});

conforms('coll/coll10', (comm) => {
  // The left operand is always of a lower rank than the right one.
  const bad = 100_000;
  const ordered = createOp<number>((a, b) => (a >= b || a === bad || b === bad ? bad : b), {
    commutative: false,
  });
  const root = comm.size - 1;
  const result = new Int32Array(1);
  comm.Reduce(Int32Array.of(comm.rank), comm.rank === root ? result : null, ordered, root);
  comm.Bcast(result, root);
  assert.equal(result[0], comm.size - 1);
});

conforms('coll/coll12', (comm) => {
  const size = 2 * comm.size;
  for (const [op, sign] of [
    [MAXLOC, 1],
    [MINLOC, -1],
  ] as const) {
    // Entry i is of rank i at most: the highest rank that has it wins.
    const values = doubles(2 * size, (i) =>
      i % 2 ? comm.rank : i >> 1 >= comm.rank ? sign * (comm.rank + 1) : 0,
    );
    const result = new Float64Array(2 * size);
    comm.Reduce(values, comm.rank === 0 ? result : null, op, 0);
    comm.Bcast(result, 0);
    for (const i of upTo(size)) assert.equal(result[2 * i + 1], Math.min(i, comm.size - 1));
  }
});

conforms('coll/red3', (comm) =>
  everyKind(comm, (each) => {
    const { rank, size } = each;
    const mine = rank === size - 1 ? identity(size) : exchanged(size, rank, rank + 1);
    const shift = upTo(size).map((i) => upTo(size).map((j) => (i === (j + 1) % size ? 1 : 0)));
    for (const root of roots(each)) {
      const got = each.reduce(mine, product, root);
      assert.deepEqual(got, rank === root ? shift : undefined);
    }
  }),
);

conforms('coll/red4', (comm) =>
  everyKind(comm, (each) => {
    // The last rank exchanges too: the product then tells where it begins.
    const { rank, size } = each;
    const mine = exchanged(size, rank, (rank + 1) % size);
    const expected = roots(each)
      .map((r) => exchanged(size, r, (r + 1) % size))
      .reduce((a, b) => a.map((row) => row.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0))));
    for (const root of roots(each)) {
      const got = each.reduce(mine, product, root);
      assert.deepEqual(got, rank === root ? expected : undefined);
    }
  }),
);

conforms('coll/reduce', (comm) =>
  everyKind(comm, (each) => {
    for (const root of roots(each)) {
      for (const count of powers(65_000, 16)) {
        const all = each.rank === root ? new Int32Array(count).fill(-1) : null;
        const mine = integers(count, (i) => each.rank + i);
        each.Reduce(mine, all, SUM, root);
        all?.forEach((x, i) => assert.equal(x, triangle(each.size) + i * each.size));
        each.Reduce(each.rank === root ? IN_PLACE : mine, each.rank === root ? mine : null, SUM, root);
        if (all) assert.deepEqual(mine, all);
      }
    }
  }),
);

for (const [name, inPlace] of [
  ['coll/redscat', false],
  ['coll/redscat3', true],
] as const) {
  conforms(name, (comm) => {
    const { rank, size } = comm;
    for (const count of inPlace ? [1, Math.floor(2 ** 18 / size)] : [1, 1000]) {
      const counts = roots(comm).map(() => count);
      const send = integers(count * size, (i) => rank + Math.floor(i / count));
      const share = new Int32Array(count).fill(-1);
      comm.ReduceScatter(send, share, counts, SUM);
      assert.ok(share.every((x) => x === size * rank + triangle(size)));
      if (!inPlace) continue;
      comm.ReduceScatter(IN_PLACE, send, counts, SUM);
      assert.deepEqual(send.subarray(0, count), share);
    }
  });
}

conforms('coll/redscat2', (comm) => {
  // An operation that keeps the operand of the lower rank, which is not commutative.
  const left = createOp<number>((a) => a, { commutative: false });
  for (const count of [1, 3, 100]) {
    const share = new Int32Array(count);
    const send = new Int32Array(count * comm.size).fill(comm.rank);
    comm.ReduceScatter(
      send,
      share,
      roots(comm).map(() => count),
      left,
    );
    assert.ok(share.every((x) => x === 0));
  }
});

conforms('coll/red_scat_block', (comm) => {
  const { rank, size } = comm;
  const send = integers(size, (i) => rank + i);
  const share = new Int32Array(1);
  comm.ReduceScatterBlock(send, share, SUM);
  assert.equal(share[0], size * rank + triangle(size));
  comm.ReduceScatterBlock(IN_PLACE, send, SUM);
  assert.equal(send[0], share[0]);
});

conforms('coll/red_scat_block2', (comm) => {
  const right = createOp<number>((_, b) => b, { commutative: false });
  for (const count of [1, 3, 100]) {
    const share = new Int32Array(count);
    comm.ReduceScatterBlock(new Int32Array(count * comm.size).fill(comm.rank), share, right);
    assert.ok(share.every((x) => x === comm.size - 1));
  }
});

conforms('coll/exscan', (comm) =>
  everyKind(comm, (each) => {
    const { rank, size } = each;
    for (const count of powers(65_000, 8)) {
      const mine = integers(count, (i) => rank + i * size);
      const expected = (i: number) => rank * i * size + triangle(rank);
      const got = new Int32Array(count).fill(-1);
      each.Exscan(mine, got, SUM);
      if (rank > 0) got.forEach((x, i) => assert.equal(x, expected(i)));
      each.Exscan(IN_PLACE, mine, SUM);
      mine.forEach((x, i) => assert.equal(x, rank === 0 ? i * size : expected(i)));
    }
  }),
);

conforms('coll/exscan2', (comm) => {
  // On one rank there is nothing before it.
  const alone = comm.split(comm.rank)!;
  const got = Int32Array.of(7);
  alone.Exscan(Int32Array.of(3), got, SUM);
  assert.equal(alone.exscan(3, SUM), undefined);
  alone.free();
});

conforms('coll/scantst', (comm) => {
  const { rank } = comm;
  for (const associative of [
    createOp<number>((a, b) => a + b, { commutative: false }),
    createOp<number>((a, b) => a + b),
  ]) {
    const total = new Int32Array(1);
    comm.Scan(Int32Array.of(rank), total, associative);
    assert.equal(total[0], triangle(rank + 1));
  }
  const last = createOp<number>((_, b) => b, { commutative: false });
  assert.equal(comm.scan(rank, last), rank);
  const total = new Int32Array(1);
  comm.Scan(Int32Array.of(rank), total, SUM);
  assert.equal(total[0], triangle(rank + 1));
});

for (const [name, count] of [
  ['coll/longuser', 2000],
  ['coll/uoplong', 200_000],
] as const) {
  conforms(name, (comm) => {
    const add = createOp<number>((a, b) => a + b);
    const all = new Int32Array(count);
    comm.Allreduce(new Int32Array(count).fill(1), all, add);
    assert.ok(all.every((x) => x === comm.size));
    comm.Reduce(
      integers(count, (i) => i % 100),
      comm.rank === 0 ? all : null,
      add,
      0,
    );
    if (comm.rank === 0) all.forEach((x, i) => assert.equal(x, (i % 100) * comm.size));
  });
}

conforms('coll/allred_derived', (comm) => {
  // Ten units of ever more elements, summed by an operation that sees all of them at once.
  everyKind(comm, (each) => {
    const { rank, size } = each;
    for (const length of powers(10_000, 4)) {
      const sum = createBlockOp(
        (total, right) => {
          assert.equal(total.length % length, 0);
          for (let i = 0; i < total.length; i++) total[i]! += right[i]!;
        },
        { type: Int32Array, unit: length },
      );
      const own = integers(10 * length, (k) => rank + Math.floor(k / length) + (k % length));
      const expected = (k: number) => triangle(size) + (Math.floor(k / length) + (k % length)) * size;
      const all = new Int32Array(own.length);
      each.Allreduce(own, all, sum);
      assert.ok(all.every((x, k) => x === expected(k)));
      each.Allreduce(IN_PLACE, own, sum);
      assert.ok(own.every((x, k) => x === expected(k)));
    }
  });
});

conforms('coll/uop_equal', (comm) => {
  // A text of a hundred bytes, and whether those of all ranks are equal.
  const equal = createBlockOp(
    (total, right) => {
      const text = (of: Uint8Array) => Buffer.from(of.subarray(0, 100)).toString();
      if (right[100] === 0 || text(total) !== text(right)) total[100] = 0;
    },
    { type: Uint8Array, unit: 101, commutative: false },
  );
  const data = new Uint8Array(101);
  data.set(Buffer.from('Testing String.'));
  data[100] = 1;
  const result = comm.rank === 0 ? new Uint8Array(101) : null;
  comm.Reduce(data, result, equal, 0);
  if (result) assert.equal(result[100], 1);
  if (comm.rank > 0) data[0] = 0;
  comm.Reduce(data, result, equal, 0);
  if (result) assert.equal(result[100], comm.size === 1 ? 1 : 0);
});

conforms('coll/op_commutative', (comm) => {
  for (const op of [SUM, PROD, MAX, MIN, LAND, LOR, LXOR, BAND, BOR, BXOR, MAXLOC, MINLOC])
    assert.equal(op.commutative, true, op.name);
  assert.equal(createOp<number>((a) => a, { commutative: false }).commutative, false);
  assert.equal(createOp<number>((a) => a).commutative, true);
  assert.ok(comm.size > 0);
});
