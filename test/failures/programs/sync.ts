/** Ways to leave others waiting for what a rank holds, by the first argument. */
import { Mutex, Sequential, world } from 'flotilla';

const comm = world();
const mutex = Mutex.create(comm);
const section = Sequential.create(comm);
switch (process.argv[2]) {
  case 'dies':
    if (comm.rank === 1) {
      mutex.acquire();
      section.begin();
      comm.send('both are taken', 0);
      comm.recv(0);
      throw new RangeError('this rank ends');
    }
    if (comm.rank === 0) {
      section.begin().release();
      comm.recv(1);
      const asked = mutex.iacquire();
      comm.send('asked', 1);
      asked.wait();
    } else section.begin();
    break;
  case 'keeps':
    if (comm.rank === 0) {
      mutex.acquire();
      comm.send('it is taken', 1);
    } else if (comm.rank === 1) {
      comm.recv(0);
      mutex.acquire();
    } else section.begin();
    break;
  case 'again':
    if (comm.rank === 0) {
      mutex.acquire();
      mutex.acquire();
    }
    comm.barrier();
    break;
}
