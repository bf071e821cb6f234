/** Ways to misuse a window, by the first argument. */
import { Window, world } from 'flotilla';

const comm = world();
const window = Window.allocate(comm, Int32Array, 4);
switch (process.argv[2]) {
  case 'deadlock':
    if (comm.rank !== 0) comm.recv(0, 1);
    window.lock(0);
    if (comm.rank === 0) {
      comm.send('the lock is taken', 1, 1);
      comm.recv(1, 2);
    }
    break;
  case 'fence':
    if (comm.rank === 0) window.fence();
    else comm.barrier();
    break;
  case 'epoch':
    if (comm.rank === 1) window.put(Int32Array.of(1), 0);
    window.fence();
    break;
}
