/**
 * Operations of one's own that see blocks (MPI 4.1 §6.9.5), in every call that reduces, against closed forms: products of
 * affine maps, which do not commute; places of maxima; complex numbers; units longer than any piece of a message.
 */
import assert from 'node:assert/strict';
import {
  COMPLEX_PROD,
  COMPLEX_SUM,
  createBlockOp,
  IN_PLACE,
  MAXLOC,
  PROC_NULL,
  ROOT,
  Window,
  type Communicator,
  type Op,
  type TypedArray,
} from 'flotilla';
import { check, checkWorld, refuses, run } from '../harness/cases.ts';

/** A block operation, with the operands of ranks and what those of the ranks from 0 on combine to. */
interface Trial {
  readonly name: string;
  readonly op: Op<never>;
  readonly type: Float64ArrayConstructor | Float32ArrayConstructor | Int32ArrayConstructor;
  readonly unit: number;
  /** Unit `index` of a rank. */
  readonly operand: (rank: number, index: number) => readonly number[];
  /** Unit `index` of the first `ranks` ranks combined. */
  readonly result: (ranks: number, index: number) => readonly number[];
}

/** Calls of the function since it was last set to 0. */
let calls = 0;

/** The matrices [[2, rank + index], [0, 1]]: their product over ranks 0 … n − 1 is [[2ⁿ, Σ 2ʳ(r + index)], [0, 1]]. */
const matrices: Trial = {
  name: 'products of 2 × 2 matrices',
  op: createBlockOp(
    function product(left, right) {
      calls++;
      for (let i = 0; i < left.length; i += 4) {
        const [a, b, c, d] = [left[i]!, left[i + 1]!, left[i + 2]!, left[i + 3]!];
        const [e, f, g, h] = [right[i]!, right[i + 1]!, right[i + 2]!, right[i + 3]!];
        left.set([a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h], i);
      }
    },
    { type: Float64Array, unit: 4, commutative: false },
  ),
  type: Float64Array,
  unit: 4,
  operand: (rank, index) => [2, rank + (index % 1000), 0, 1],
  result: (n, index) => [2 ** n, (n - 2) * 2 ** n + 2 + (index % 1000) * (2 ** n - 1), 0, 1],
};

/** Structs of a value and two coordinates: the largest value with its place, of equal ones that of the lowest rank. */
const places: Trial = {
  name: 'places of maxima',
  op: createBlockOp(
    (left, right) => {
      for (let i = 0; i < left.length; i += 3)
        if (right[i]! > left[i]!) left.set(right.subarray(i, i + 3), i);
    },
    { type: Int32Array, unit: 3 },
  ),
  type: Int32Array,
  unit: 3,
  // Ranks 0 and 1 give 7, and so on up.
  operand: (rank, index) => [7 + (rank >> 1), rank, index],
  result: (n, index) => [7 + ((n - 1) >> 1), 2 * ((n - 1) >> 1), index],
};

const ROOTS = [[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]]; // prettier-ignore

/** Powers of 1 + i, by the table of its eighth roots: exact in floats. */
const complex: Trial = {
  name: 'complex products',
  op: createBlockOp(
    (left: Float32Array, right) => {
      for (let i = 0; i < left.length; i += 2) {
        const [re, im] = [left[i]!, left[i + 1]!];
        left[i] = re * right[i]! - im * right[i + 1]!;
        left[i + 1] = re * right[i + 1]! + im * right[i]!;
      }
    },
    { type: Float32Array, unit: 2 },
  ),
  type: Float32Array,
  unit: 2,
  operand: () => [1, 1],
  result: (n) => {
    const scale = 2 ** (n >> 1);
    const [re, im] = ROOTS[n % 8]!; // prettier-ignore
    return [re! * scale, im! * scale];
  },
};

/** A unit of 560 kB: of two the one whose key, its first element, is larger, as a whole. */
const long: Trial = {
  name: 'long units',
  op: createBlockOp(
    (left, right) => {
      for (let i = 0; i < left.length; i += long.unit)
        if (right[i]! > left[i]!) left.set(right.subarray(i, i + long.unit), i);
    },
    { type: Float64Array, unit: 70_000 },
  ),
  type: Float64Array,
  unit: 70_000,
  operand: (rank, index) => Array<number>(70_000).fill(10 * rank + index),
  result: (n, index) => Array<number>(70_000).fill(10 * (n - 1) + index),
};

const up = (n: number) => [...Array(n).keys()];

function arrayOf({ type }: Trial, units: number, unitOf: (index: number) => readonly number[]): TypedArray {
  return type.from(up(units).flatMap((index) => unitOf(index)));
}

function same(actual: TypedArray, expected: TypedArray, what: string): void {
  if (actual.length === expected.length && actual.every((x: unknown, i: number) => x === expected[i])) return;
  const at = up(expected.length).find((i) => actual[i] !== expected[i]);
  assert.fail(`${what}: element ${at} of ${actual.length} is ${actual[at!]}, not ${expected[at!]}`);
}

/** All calls that reduce memory, with `each` units for each rank. */
function all(comm: Communicator, trial: Trial, each: number): void {
  const { rank, size } = comm;
  const { op, unit } = trial;
  const units = each * size;
  const own = arrayOf(trial, units, (i) => trial.operand(rank, i));
  const upTo = (ranks: number) => arrayOf(trial, units, (i) => trial.result(ranks, i));
  const total = upTo(size);
  const last = size - 1;
  // The last rank gets what the first one misses.
  const counts = up(size).map((r) => unit * (each + (size === 1 ? 0 : r === 0 ? -1 : r === last ? 1 : 0)));
  const start = counts.slice(0, rank).reduce((a, b) => a + b, 0);
  const part = total.subarray(start, start + counts[rank]!);
  for (const begun of [false, true]) {
    const what = (call: string) => `${trial.name}, ${units} units, ${begun ? 'I' : ''}${call}`;
    for (const inPlace of [false, true]) {
      const send = inPlace ? IN_PLACE : own;
      const array = () => (inPlace ? own.slice() : own.slice().fill(0 as never));
      const recv = array();
      if (begun) comm.Iallreduce(send, recv, op).wait();
      else comm.Allreduce(send, recv, op);
      same(recv, total, what('Allreduce'));
      for (const root of new Set([0, last])) {
        const there = rank === root ? array() : null;
        const given = inPlace && rank === root ? IN_PLACE : own;
        if (begun) comm.Ireduce(given, there, op, root).wait();
        else comm.Reduce(given, there, op, root);
        if (there) same(there, total, what('Reduce'));
      }
      const mine = inPlace ? own.slice() : own.slice(0, counts[rank]);
      if (begun) comm.IreduceScatter(send, mine, counts, op).wait();
      else comm.ReduceScatter(send, mine, counts, op);
      same(mine.subarray(0, part.length), part, what('ReduceScatter'));
      const scanned = array();
      if (begun) comm.Iscan(send, scanned, op).wait();
      else comm.Scan(send, scanned, op);
      same(scanned, upTo(rank + 1), what('Scan'));
      const below = array();
      if (begun) comm.Iexscan(send, below, op).wait();
      else comm.Exscan(send, below, op);
      same(below, rank === 0 ? array() : upTo(rank), what('Exscan'));
    }
    const block = own.slice(0, each * unit);
    if (begun) comm.IreduceScatterBlock(own, block, op).wait();
    else comm.ReduceScatterBlock(own, block, op);
    same(block, total.subarray(rank * each * unit, (rank + 1) * each * unit), what('ReduceScatterBlock'));
  }
  same(own, arrayOf(trial, units, (i) => trial.operand(rank, i)), 'the operands'); // prettier-ignore
}

for (const trial of [matrices, places, complex]) {
  check(`${trial.name}, few`, (comm) => all(comm, trial, 1));
  checkWorld(`${trial.name}, many`, (comm) => all(comm, trial, 90));
}

checkWorld('arrays that travel in several pieces, and units that no piece has room for', (comm) => {
  const { rank, size } = comm;
  // 600 kB of structs of 12 bytes, which no power of two is a multiple of.
  const structs = 50_000;
  const structured = arrayOf(places, structs, (i) => places.operand(rank, i));
  const found = arrayOf(places, structs, (i) => places.result(size, i));
  const got = structured.slice();
  comm.Allreduce(structured, got, places.op);
  same(got, found, 'Allreduce');
  comm.Iallreduce(structured, got.fill(0 as never), places.op).wait();
  same(got, found, 'Iallreduce');
  const share = up(size).map((r) => 3 * (r === 0 ? structs : 0));
  comm.ReduceScatter(IN_PLACE, structured, share, places.op);
  if (rank === 0) same(structured, found, 'ReduceScatter');
  if (size > 4) return;
  const units = size + 1;
  const own = arrayOf(long, units, (i) => long.operand(rank, i));
  const total = arrayOf(long, units, (i) => long.result(size, i));
  const recv = own.slice();
  comm.Allreduce(own, recv, long.op);
  same(recv, total, 'Allreduce');
  comm.Iallreduce(own, recv.fill(0 as never), long.op).wait();
  same(recv, total, 'Iallreduce');
  recv.set(own as never);
  const atRoot = rank === size - 1;
  comm.Reduce(atRoot ? IN_PLACE : own, atRoot ? recv : null, long.op, size - 1);
  if (atRoot) same(recv, total, 'Reduce');
  const counts = up(size).map((r) => long.unit * (r === 0 ? 2 : 1));
  comm.ReduceScatter(own, recv.subarray(0, counts[rank]), counts, long.op);
  const start = rank === 0 ? 0 : (rank + 1) * long.unit;
  same(recv.subarray(0, counts[rank]), total.subarray(start, start + counts[rank]!), 'ReduceScatter');
});

check('the function is called for blocks, not for elements', (comm) => {
  const units = 1000;
  const own = arrayOf(matrices, units, (i) => matrices.operand(comm.rank, i));
  calls = 0;
  comm.Allreduce(IN_PLACE, own, matrices.op);
  assert.ok(calls <= 2 * comm.size, `${calls} calls for ${units} units of ${comm.size} ranks`);
});

check('values, requests that begin again', (comm) => {
  const { rank, size } = comm;
  const own = Float64Array.from([...matrices.operand(rank, 0), ...matrices.operand(rank, 5)]);
  const upTo = (n: number) => Float64Array.from([...matrices.result(n, 0), ...matrices.result(n, 5)]);
  assert.deepEqual(comm.allreduce(own, matrices.op as Op<Float64Array>), upTo(size));
  assert.deepEqual(comm.scan(own, matrices.op as Op<Float64Array>), upTo(rank + 1));
  const recv = new Float64Array(8);
  const request = comm.AllreduceInit(own, recv, matrices.op);
  for (let step = 0; step < 2; step++) {
    request.start();
    request.wait();
    assert.deepEqual(recv, upTo(size));
    recv.fill(0);
  }
  request.free();
});

checkWorld('between two groups', (comm) => {
  const { rank, size } = comm;
  if (size < 2) return;
  // The first rank alone, and the rest.
  const first = rank === 0;
  const half = comm.split(Number(!first))!;
  const inter = half.createIntercomm(0, half.rank === 0 ? comm : null, first ? 1 : 0, 7);
  const own = Float64Array.from(matrices.operand(half.rank, 0));
  const total = Float64Array.from(matrices.result(inter.remoteSize, 0));
  const recv = new Float64Array(4);
  inter.Allreduce(own, recv, matrices.op);
  assert.deepEqual(recv, total);
  inter.Iallreduce(own, recv.fill(0), matrices.op).wait();
  assert.deepEqual(recv, total);
  inter.Reduce(first ? null : own, first ? recv.fill(0) : null, matrices.op, first ? ROOT : 0);
  assert.deepEqual(recv, total);
  inter.Reduce(first ? own : null, !first && half.rank === 0 ? recv.fill(0) : null, matrices.op, first ? 0 : half.rank === 0 ? ROOT : PROC_NULL); // prettier-ignore
  assert.deepEqual(recv, total);
  if (half.size > 1) {
    const odd = up(half.size).map((r) => (r < 2 ? 3 : 0));
    const part = new Float64Array(odd[half.rank]!);
    refuses(
      'ERR_COUNT',
      () => inter.ReduceScatter(new Float64Array(6), part, odd, COMPLEX_SUM),
      /rank 0 cannot get 3/,
    );
  }
  inter.free();
  half.free();
});

check('units are not cut', (comm) => {
  const { size } = comm;
  const counts = up(size).map((r): number => (r === 0 ? 3 : r === 1 ? 1 : 2));
  const length = counts.reduce((a, b) => a + b);
  const even = size > 1;
  for (const op of [COMPLEX_SUM, COMPLEX_PROD, MAXLOC]) {
    const send = new Float64Array(length);
    const recv = new Float64Array(counts[comm.rank]!);
    const code = even ? 'ERR_COUNT' : 'ERR_OP';
    const words = even ? new RegExp(`${op.name} combines units of 2 .* rank 0 cannot get 3`) : /pairs/;
    refuses(code, () => comm.ReduceScatter(send, recv, counts, op), words);
    refuses(code, () => comm.IreduceScatter(send, recv, counts, op), words);
    if (size % 2 === 1) continue;
    const one = new Float64Array(1);
    refuses(
      'ERR_COUNT',
      () => comm.ReduceScatterBlock(new Float64Array(size), one, op),
      /rank 0 cannot get 1/,
    );
  }
  refuses(
    'ERR_OP',
    () => comm.Allreduce(IN_PLACE, new Float64Array(6), matrices.op),
    /whole units of 4 .* 6/,
  );
  refuses(
    'ERR_OP',
    () => comm.Allreduce(IN_PLACE, new Float32Array(4), matrices.op),
    /Float64Array.*Float32/,
  );
  const values = matrices.op as Op<unknown>;
  if (size > 1) {
    refuses('ERR_OP', () => comm.allreduce('four', values), /typed arrays/);
    refuses('ERR_OP', () => comm.allreduce(new Float64Array(4 * (comm.rank + 1)), values), /4 elements .* 8/);
  }
  const nothing = () => undefined;
  for (const unit of [0, -1, 1.5, NaN]) refuses('ERR_ARG', () => createBlockOp(nothing, { unit }), /unit/);
  refuses('ERR_ARG', () => createBlockOp(nothing, { type: Object as never }), /typed array/);
  refuses('ERR_ARG', () => createBlockOp('sum' as never), /function/);
  assert.equal(createBlockOp(nothing, { commutative: false }).commutative, false);
  assert.equal(createBlockOp(nothing).commutative, true);
  const window = Window.allocate(comm, Float64Array, 4);
  window.lockAll();
  refuses('ERR_OP', () => window.accumulate(new Float64Array(4), 0, 0, matrices.op), /windows/);
  window.unlockAll();
  window.free();
});

await run();
