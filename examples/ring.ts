/** A token goes round all ranks; each adds its number. */
import { world } from 'flotilla';

const comm = world();
const next = (comm.rank + 1) % comm.size;
const previous = (comm.rank - 1 + comm.size) % comm.size;

if (comm.rank === 0) {
  const sent = comm.isend([0], next);
  const path = comm.recv<number[]>(previous);
  sent.wait();
  console.log(`the token went ${path.join(' → ')} → 0`);
} else {
  const path = comm.recv<number[]>(previous);
  comm.send([...path, comm.rank], next);
}
