/** Non-blocking collectives that go wrong. */
import { createOp, SUM, world } from 'flotilla';

const comm = world();
const way = process.argv[2];
const first = comm.rank === 0;

if (way === 'order')
  await Promise.all(
    first ? [comm.ibarrier(), comm.iallreduce(1, SUM)] : [comm.iallreduce(1, SUM), comm.ibarrier()],
  );
if (way === 'kinds') {
  if (first) comm.bcast(1);
  else comm.ibcast(1).wait();
}
if (way === 'absent' && !first) await comm.Iallreduce(new Float64Array(2), new Float64Array(2), SUM);
if (way === 'left') {
  if (comm.rank === 1) comm.iallgather('nobody else does');
  if (first) comm.send('found, not received', 0, 3);
  if (first) comm.mprobe(0, 3);
}
if (way === 'throws') {
  const broken = createOp((): number => {
    throw new RangeError('no sum today');
  });
  await comm.Iallreduce(Float64Array.of(1), new Float64Array(1), broken);
}
