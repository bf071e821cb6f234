/**
 * Every operation on every element type in every call that reduces (MPI 4.1 §6.9 to §6.12, §12.3.4), against values computed with BigInt:
 * integers wrap around, unsigned ones are ordered as unsigned ones, clamped bytes saturate.
 */
import assert from 'node:assert/strict';
import * as flotilla from 'flotilla';
import {
  IN_PLACE,
  NO_OP,
  REPLACE,
  Window,
  type Communicator,
  type PersistentRequest,
  type TypedArray,
} from 'flotilla';
import { checkWorld, refuses, run } from '../harness/cases.ts';
import { KINDS } from '../harness/kinds.ts';
import { OP_NAMES, Operands, opsOf } from '../harness/operands.ts';

/** Elements a rank in blocks: together more than the 64 bytes that the widest instructions take at once, and a rest. */
const blockOf = (size: number) => Math.max(23, Math.ceil(67 / size));
/** So few travel another way. */
const FEW = 3;
/** Ranks up to which everything is tried; among more, the blocking calls, whose algorithms depend on the ranks. */
const SMALL = 4;
/** Elements of a window for the calls that take a single one: all operands of an integer type. */
const ONE_BY_ONE = 11;

function same(actual: TypedArray, expected: TypedArray, what: string): void {
  if (Buffer.compare(bytes(actual), bytes(expected)) === 0) return;
  assert.deepEqual([...actual], [...expected], what);
  assert.fail(`${what}: ${String(actual)} has other bytes than ${String(expected)}`);
}

const bytes = ({ buffer, byteOffset, byteLength }: TypedArray) => Buffer.from(buffer, byteOffset, byteLength);
const zeros = (like: TypedArray, length = like.length): TypedArray =>
  new (like.constructor as new (n: number) => TypedArray)(length);
const nobody = (like: TypedArray): TypedArray => {
  const array = zeros(like);
  bytes(array).fill(0x5a);
  return array;
};

/** Counts that differ from rank to rank and add up to `size` blocks. */
function unevenCounts(size: number, block: number): number[] {
  const counts = Array<number>(size).fill(block);
  const moved = Math.min(2, Math.floor(block));
  counts[0]! -= moved;
  counts[size - 1]! += moved;
  return counts;
}

type Way = 'blocking' | 'non-blocking' | 'persistent';

/** All collective reductions of one operation, with send arrays and in place. */
function reductions(comm: Communicator, operands: Operands, way: Way): void {
  const { rank, size } = comm;
  const { type, op: name, length } = operands;
  const op = flotilla[name];
  const own = operands.of(rank);
  const all = operands.result(size - 1);
  const block = length / size;
  const counts = unevenCounts(size, block);
  const starts = counts.map((_, r) => counts.slice(0, r).reduce((sum, count) => sum + count, 0));
  const started = way === 'non-blocking';
  const described = way === 'persistent';
  /** Twice: the second start reads what the operands are by then. */
  const begin = (request: PersistentRequest, result: TypedArray, inPlace: boolean) => {
    request.start();
    request.wait();
    bytes(result).set(bytes(inPlace ? own : nobody(result)));
    request.start();
    request.wait();
    request.free();
  };
  const what = (call: string) => `${call} ${name} ${type.name}, ${way}, ${length} elements`;
  for (const inPlace of [false, true]) {
    const tell = (call: string) => what(inPlace ? `${call} in place` : call);
    const send = inPlace ? IN_PLACE : own;
    const recv = () => (inPlace ? own.slice() : nobody(own));

    const everywhere = recv();
    if (described) begin(comm.AllreduceInit(send, everywhere, op), everywhere, inPlace);
    else if (started) comm.Iallreduce(send, everywhere, op).wait();
    else comm.Allreduce(send, everywhere, op);
    same(everywhere, all, tell('Allreduce'));

    const to = inPlace ? size - 1 : 0;
    const there = recv();
    const from = inPlace && rank === to ? IN_PLACE : own;
    if (described) begin(comm.ReduceInit(from, rank === to ? there : null, op, to), there, inPlace);
    else if (started) comm.Ireduce(from, rank === to ? there : null, op, to).wait();
    else comm.Reduce(from, rank === to ? there : null, op, to);
    if (rank === to) same(there, all, tell('Reduce'));

    const upToHere = recv();
    if (described) begin(comm.ScanInit(send, upToHere, op), upToHere, inPlace);
    else if (started) comm.Iscan(send, upToHere, op).wait();
    else comm.Scan(send, upToHere, op);
    same(upToHere, operands.result(rank), tell('Scan'));

    const below = recv();
    if (described) begin(comm.ExscanInit(send, below, op), below, inPlace);
    else if (started) comm.Iexscan(send, below, op).wait();
    else comm.Exscan(send, below, op);
    same(below, rank > 0 ? operands.result(rank - 1) : recv(), tell('Exscan'));

    same(own, operands.of(rank), tell('the operands'));
    if (!Number.isInteger(block)) continue;
    const mine = inPlace ? own.slice() : zeros(own, block);
    if (described) begin(comm.ReduceScatterBlockInit(send, mine, op), mine, inPlace);
    else if (started) comm.IreduceScatterBlock(send, mine, op).wait();
    else comm.ReduceScatterBlock(send, mine, op);
    same(mine.subarray(0, block), all.subarray(rank * block, (rank + 1) * block), tell('ReduceScatterBlock'));

    const uneven = inPlace ? own.slice() : zeros(own, counts[rank]);
    if (described) begin(comm.ReduceScatterInit(send, uneven, counts, op), uneven, inPlace);
    else if (started) comm.IreduceScatter(send, uneven, counts, op).wait();
    else comm.ReduceScatter(send, uneven, counts, op);
    const part = all.subarray(starts[rank], starts[rank]! + counts[rank]!);
    same(uneven.subarray(0, counts[rank]), part, tell('ReduceScatter'));
  }
}

for (const type of KINDS) {
  checkWorld(`collectives on ${type.name}`, (comm) => {
    const { size } = comm;
    for (const op of opsOf(type)) {
      const many = new Operands(type, op, size, size * blockOf(size));
      reductions(comm, many, 'blocking');
      reductions(comm, new Operands(type, op, size, FEW), 'blocking');
      if (size <= SMALL)
        for (const way of ['non-blocking', 'persistent'] as const) reductions(comm, many, way);
    }
  });
}

/** A window of elements of one type; its first operands are those of a rank more than there are. */
function accesses(comm: Communicator, window: Window<TypedArray>, operands: Operands): void {
  const { rank, size } = comm;
  const op = flotilla[operands.op];
  const first = operands.of(size);
  const own = operands.of(rank);
  const next = (rank + 1) % size;
  const before = (rank + size - 1) % size;
  const what = (call: string) => `${call} ${operands.op} ${operands.type.name}`;
  const fill = () => {
    bytes(window.array).set(bytes(first));
    window.fence();
  };

  fill();
  for (let target = 0; target < size; target++) window.accumulate(own, target, 0, op);
  window.fence();
  same(window.array, operands.result(size), what('accumulate'));

  const withOne = operands.pair(size, before);
  const ways: [call: string, access: (was: TypedArray) => void][] = [
    ['getAccumulate', (was) => window.getAccumulate(own, was, next, 0, op)],
    ['rgetAccumulate', (was) => window.rgetAccumulate(own, was, next, 0, op).wait()],
    [
      'raccumulate',
      (was) => {
        window.raccumulate(own, next, 0, op).wait();
        was.set(first as never);
      },
    ],
    [
      'fetchAndOp',
      (was) => {
        for (let i = 0; i < ONE_BY_ONE; i++) was[i] = window.fetchAndOp(own[i]!, next, i, op);
        window.getAccumulate(own.subarray(ONE_BY_ONE), was.subarray(ONE_BY_ONE), next, ONE_BY_ONE, op);
      },
    ],
  ];
  for (const [call, access] of ways) {
    fill();
    const was = nobody(own);
    window.lockAll();
    access(was);
    window.unlockAll();
    same(was, first, what(`${call}, what was there,`));
    window.fence();
    same(window.array, withOne, what(call));
  }
}

/** REPLACE and NO_OP take any elements; integers are compared and swapped. */
function exchanges(comm: Communicator, window: Window<TypedArray>, operands: Operands): void {
  const { rank, size } = comm;
  const { type } = operands;
  const first = operands.of(size);
  const own = operands.of(rank);
  const before = operands.of((rank + size - 1) % size);
  const next = (rank + 1) % size;
  bytes(window.array).set(bytes(first));
  window.fence();
  const was = nobody(own);
  window.lockAll();
  window.getAccumulate(own, was, next, 0, NO_OP);
  window.flush(next);
  same(was, first, `NO_OP ${type.name}`);
  window.getAccumulate(own, was, next, 0, REPLACE);
  window.unlockAll();
  same(was, first, `REPLACE, what was there, ${type.name}`);
  window.fence();
  same(window.array, before, `REPLACE ${type.name}`);
  window.fence();
  if (type === Float32Array || type === Float64Array) return;
  const there = own; // what this rank has just put to the next one
  window.lockAll();
  for (let i = 0; i < ONE_BY_ONE; i++) {
    const other = there[(i + 1) % there.length]!;
    const found = window.compareAndSwap(there[i]!, first[i]!, next, i);
    assert.equal(found, there[i], `compareAndSwap ${type.name}`);
    if (other === first[i]) continue;
    assert.equal(window.compareAndSwap(other, other, next, i), first[i], `compareAndSwap ${type.name}`);
  }
  window.unlockAll();
  window.fence();
  same(window.array.subarray(0, ONE_BY_ONE), first.subarray(0, ONE_BY_ONE), `compareAndSwap ${type.name}`);
  window.fence();
}

for (const type of KINDS) {
  checkWorld(`windows of ${type.name}`, (comm) => {
    const { size } = comm;
    if (size > SMALL) return;
    const length = blockOf(1);
    const window = Window.allocate<TypedArray>(comm, type, length);
    exchanges(comm, window, new Operands(type, 'MAX', size + 1, length));
    // No operation of MPI saturates, and clamped bytes do: they are refused.
    for (const op of type === Uint8ClampedArray ? [] : opsOf(type))
      accesses(comm, window, new Operands(type, op, size + 1, length));
    window.free();
  });
}

checkWorld('floats have no logical and no bitwise operations', (comm) => {
  for (const type of [Float32Array, Float64Array]) {
    for (const name of OP_NAMES.filter((op) => !opsOf(type).includes(op)))
      refuses('ERR_OP', () => comm.Allreduce(new type(1), new type(1), flotilla[name]));
  }
});

checkWorld('floats: what is not a number stays so in sums; MAX and MIN give one of equal zeros', (comm) => {
  const { rank, size } = comm;
  const result = (
    value: number,
    type: typeof Float64Array | typeof Float32Array,
    op: 'SUM' | 'MAX' | 'MIN',
  ) => {
    const array = type.of(value);
    comm.Allreduce(IN_PLACE, array, flotilla[op]);
    return array[0]!;
  };
  for (const type of [Float32Array, Float64Array]) {
    assert.ok(Number.isNaN(result(rank === 0 ? NaN : 1, type, 'SUM')));
    assert.equal(Math.abs(result(rank === 0 ? -0 : 0, type, 'MAX')), 0);
    assert.equal(Math.abs(result(rank === 0 ? -0 : 0, type, 'MIN')), 0);
    // Which one is left of a number and NaN is not defined.
    for (const op of ['MAX', 'MIN'] as const) {
      const left = result(rank === size - 1 ? NaN : 1, type, op);
      assert.ok(Number.isNaN(left) || (size > 1 && left === 1));
    }
    assert.ok(Object.is(result(-0, type, 'SUM'), -0), 'the sum of negative zeros is one');
    assert.equal(result(type === Float32Array ? 2 ** -149 : Number.MIN_VALUE, type, 'SUM') > 0, true);
  }
});

await run();
