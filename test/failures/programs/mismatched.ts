/** Every collective, called by some ranks while rank 0 has begun another one on the same communicator. */
import assert from 'node:assert/strict';
import {
  Counter,
  File,
  IN_PLACE,
  Mutex,
  Semaphore,
  Sequential,
  SUM,
  Window,
  world,
  type Communicator,
  type Intercommunicator,
  type NeighborCommunicator,
  type PersistentRequest,
} from 'flotilla';

const comm = world();
const { rank, size } = comm;
const all = () => new Float64Array(size);
const one = () => new Float64Array(1);
const counts = Array<number>(size).fill(1);
const blocks = () => ({ data: all(), counts });
const pieces = () => counts.map(one);
const shared = () => new Float64Array(new SharedArrayBuffer(8));
const path = '/tmp/flotilla-mismatched';
const start = (request: PersistentRequest) => request.start();

const calls: Record<string, (comm: Communicator) => unknown> = {
  barrier: (on) => on.barrier(),
  bcast: (on) => on.bcast(1),
  gather: (on) => on.gather(1),
  scatter: (on) => on.scatter(counts),
  allgather: (on) => on.allgather(1),
  alltoall: (on) => on.alltoall(counts),
  reduce: (on) => on.reduce(1, SUM),
  allreduce: (on) => on.allreduce(1, SUM),
  scan: (on) => on.scan(1, SUM),
  exscan: (on) => on.exscan(1, SUM),
  Bcast: (on) => on.Bcast(one()),
  Gather: (on) => on.Gather(one(), all()),
  Gatherv: (on) => on.Gatherv(one(), blocks()),
  Scatter: (on) => on.Scatter(all(), one()),
  Scatterv: (on) => on.Scatterv(blocks(), one()),
  Allgather: (on) => on.Allgather(one(), all()),
  Allgatherv: (on) => on.Allgatherv(one(), blocks()),
  Alltoall: (on) => on.Alltoall(all(), all()),
  Alltoallv: (on) => on.Alltoallv(blocks(), blocks()),
  Alltoallw: (on) => on.Alltoallw(pieces(), pieces()),
  Reduce: (on) => on.Reduce(one(), one(), SUM),
  Allreduce: (on) => on.Allreduce(one(), one(), SUM),
  ReduceScatter: (on) => on.ReduceScatter(all(), one(), counts, SUM),
  ReduceScatterBlock: (on) => on.ReduceScatterBlock(all(), one(), SUM),
  Scan: (on) => on.Scan(one(), one(), SUM),
  Exscan: (on) => on.Exscan(one(), one(), SUM),
  ibcast: (on) => on.ibcast(1),
  igather: (on) => on.igather(1),
  iscatter: (on) => on.iscatter(counts),
  iallgather: (on) => on.iallgather(1),
  ialltoall: (on) => on.ialltoall(counts),
  ireduce: (on) => on.ireduce(1, SUM),
  iallreduce: (on) => on.iallreduce(1, SUM),
  iscan: (on) => on.iscan(1, SUM),
  iexscan: (on) => on.iexscan(1, SUM),
  Ibcast: (on) => on.Ibcast(one()),
  Igather: (on) => on.Igather(one(), all()),
  Igatherv: (on) => on.Igatherv(one(), blocks()),
  Iscatter: (on) => on.Iscatter(all(), one()),
  Iscatterv: (on) => on.Iscatterv(blocks(), one()),
  Iallgather: (on) => on.Iallgather(one(), all()),
  Iallgatherv: (on) => on.Iallgatherv(one(), blocks()),
  Ialltoall: (on) => on.Ialltoall(all(), all()),
  Ialltoallv: (on) => on.Ialltoallv(blocks(), blocks()),
  Ialltoallw: (on) => on.Ialltoallw(pieces(), pieces()),
  Ireduce: (on) => on.Ireduce(one(), one(), SUM),
  Iallreduce: (on) => on.Iallreduce(IN_PLACE, one(), SUM),
  IreduceScatter: (on) => on.IreduceScatter(all(), one(), counts, SUM),
  IreduceScatterBlock: (on) => on.IreduceScatterBlock(all(), one(), SUM),
  Iscan: (on) => on.Iscan(one(), one(), SUM),
  Iexscan: (on) => on.Iexscan(one(), one(), SUM),
  barrierInit: (on) => start(on.barrierInit()),
  BcastInit: (on) => start(on.BcastInit(one())),
  GatherInit: (on) => start(on.GatherInit(one(), all())),
  GathervInit: (on) => start(on.GathervInit(one(), blocks())),
  ScatterInit: (on) => start(on.ScatterInit(all(), one())),
  ScattervInit: (on) => start(on.ScattervInit(blocks(), one())),
  AllgatherInit: (on) => start(on.AllgatherInit(one(), all())),
  AllgathervInit: (on) => start(on.AllgathervInit(one(), blocks())),
  AlltoallInit: (on) => start(on.AlltoallInit(all(), all())),
  AlltoallvInit: (on) => start(on.AlltoallvInit(blocks(), blocks())),
  AlltoallwInit: (on) => start(on.AlltoallwInit(pieces(), pieces())),
  ReduceInit: (on) => start(on.ReduceInit(one(), one(), SUM)),
  AllreduceInit: (on) => start(on.AllreduceInit(one(), one(), SUM)),
  ReduceScatterInit: (on) => start(on.ReduceScatterInit(all(), one(), counts, SUM)),
  ReduceScatterBlockInit: (on) => start(on.ReduceScatterBlockInit(all(), one(), SUM)),
  ScanInit: (on) => start(on.ScanInit(one(), one(), SUM)),
  ExscanInit: (on) => start(on.ExscanInit(one(), one(), SUM)),
  split: (on) => on.split(0),
  splitShared: (on) => on.splitShared(),
  dup: (on) => on.dup(),
  create: (on) => on.create(on.group()),
  cart: (on) => on.cart([size]),
  graph: (on) => on.graph(counts.map(() => [])),
  distGraph: (on) => on.distGraph({ sources: [], destinations: [] }),
  'Window.allocate': (on) => Window.allocate(on, Float64Array, 1),
  'Window.allocateShared': (on) => Window.allocateShared(on, Float64Array, 1),
  'Window.create': (on) => Window.create(on, shared()),
  'File.open': (on) => File.open(on, path, 'r'),
  'File.delete': (on) => File.delete(on, path),
  'Mutex.create': (on) => Mutex.create(on),
  'Semaphore.create': (on) => Semaphore.create(on),
  'Sequential.create': (on) => Sequential.create(on),
  'Counter.create': (on) => Counter.create(on),
};

const neighborly: Record<string, (line: NeighborCommunicator) => unknown> = {
  ineighborAllgather: (line) => line.ineighborAllgather(1),
  ineighborAlltoall: (line) => line.ineighborAlltoall([1, 1]),
  IneighborAllgather: (line) => line.IneighborAllgather(one(), new Float64Array(2)),
  IneighborAllgatherv: (line) => line.IneighborAllgatherv(one(), { data: new Float64Array(2), counts: [1, 1] }), // prettier-ignore
  IneighborAlltoall: (line) => line.IneighborAlltoall(new Float64Array(2), new Float64Array(2)),
  IneighborAlltoallv: (line) => line.IneighborAlltoallv({ data: new Float64Array(2), counts: [1, 1] }, { data: new Float64Array(2), counts: [1, 1] }), // prettier-ignore
  IneighborAlltoallw: (line) => line.IneighborAlltoallw([one(), one()], [one(), one()]),
};

const two = { data: new Float64Array(2), counts: [1, 1] };
/** Between rank 0 and the others, of which there are two. The roots are on the side of rank 0. */
const between: Record<string, (inter: Intercommunicator) => unknown> = {
  ibcast: (inter) => inter.ibcast(undefined, 0),
  iallgather: (inter) => inter.iallgather(1),
  Ibcast: (inter) => inter.Ibcast(one(), 0),
  Igather: (inter) => inter.Igather(one(), null, 0),
  Igatherv: (inter) => inter.Igatherv(one(), null, 0),
  Iscatter: (inter) => inter.Iscatter(null, one(), 0),
  Iscatterv: (inter) => inter.Iscatterv(null, one(), 0),
  Iallgather: (inter) => inter.Iallgather(one(), one()),
  Iallgatherv: (inter) => inter.Iallgatherv(one(), { data: one(), counts: [1] }),
  Ialltoall: (inter) => inter.Ialltoall(one(), one()),
  Ialltoallv: (inter) => inter.Ialltoallv({ data: one(), counts: [1] }, { data: one(), counts: [1] }),
  Ialltoallw: (inter) => inter.Ialltoallw([one()], [one()]),
  Ireduce: (inter) => inter.Ireduce(one(), null, SUM, 0),
  Iallreduce: (inter) => inter.Iallreduce(one(), one(), SUM),
  ReduceScatter: (inter) => inter.ReduceScatter(two.data, one(), two.counts, SUM),
  IreduceScatter: (inter) => inter.IreduceScatter(two.data, one(), two.counts, SUM),
  IreduceScatterBlock: (inter) => inter.IreduceScatterBlock(two.data, one(), SUM),
  dup: (inter) => inter.dup(),
  split: (inter) => inter.split(0),
};

/** Rank 0 begins something else, so that it can go on; the others must be told both calls. */
function mismatch<C>(
  target: C,
  begun: string,
  begin: (on: C) => { free(): void },
  name: string,
  call: (on: C) => unknown,
): void {
  // prettier-ignore
  if (rank === 0) begin(target).free();
  comm.barrier();
  if (rank > 0) {
    const expected = new RegExp(`do not match: ${name} .*but (${begun}) .*on rank 0 at .*mismatched[.]ts:`);
    assert.throws(() => call(target), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ERR_MISMATCH', `${name}: ${error.message}`);
      assert.match(error.message, expected);
      return true;
    }); // prettier-ignore
  }
  comm.barrier();
}

let tried = 0;
for (const [name, call] of Object.entries(calls)) {
  mismatch(comm.dup(), 'ibarrier', (on) => on.ibarrier(), name, call);
  tried++;
}
mismatch(
  comm.dup(),
  'Ibcast .root 0.',
  (on) => on.Ibcast(one()),
  'ibarrier',
  (on) => on.ibarrier(),
);
for (const [name, call] of Object.entries(neighborly)) {
  mismatch(comm.cart([size], { periodic: true })!, 'ibarrier', (on) => on.ibarrier(), name, call);
  tried++;
}
const half = comm.split(Number(rank > 0))!;
for (const [name, call] of Object.entries(between)) {
  const inter = half.createIntercomm(0, comm, rank > 0 ? 0 : 1, 3);
  mismatch(inter, 'ibarrier', (on) => on.ibarrier(), name, call);
  tried++;
}
if (rank === 0) console.log(`ok ${tried} calls`);
process.exit(0);
