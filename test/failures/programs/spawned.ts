/** Parents and children of which one fails as the first argument says; the others wait for it. */
import { parent, world } from 'flotilla';

const up = parent();
const comm = world();
const way = process.argv[2]!;

if (up === null) {
  const inter = comm.spawn(import.meta.filename, [way], 2);
  if (way === 'parent' && comm.rank === 0) throw new RangeError('the parent has had enough');
  if (way === 'many') {
    inter.disconnect();
    for (let i = 0; i < 5; i++) comm.spawn(import.meta.filename, ['quiet'], 14).disconnect();
    console.log('all spawned');
  } else if (way === 'await') {
    await inter.irecv(1);
  } else if (comm.rank === 0 || way !== 'leftovers') {
    inter.recv(1, 9);
  }
} else if (way === 'many' || way === 'quiet') {
  up.disconnect();
} else if (comm.rank === 1) {
  switch (way) {
    case 'throw':
    case 'await':
      throw new TypeError('a child that fails');
    case 'exit':
      process.exit(3);
      break;
    case 'abort':
      comm.abort(5);
      break;
    case 'leftovers':
      up.send('nobody wants it', 0, 4);
      up.send('all sent', 0, 9);
      break;
    default: // parent, deadlock
      up.recv(0, 7);
  }
} else if (way !== 'leftovers') {
  comm.recv(1, 8);
}
