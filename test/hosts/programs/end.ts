/** Rank 3, on the second host, ends in a bad way while all others wait for it. */
import { world } from 'flotilla';

const comm = world();
comm.barrier();
if (comm.rank !== 3) comm.recv(3);
if (process.argv[2] === 'kill') process.kill(process.pid, 'SIGKILL');
throw new RangeError('beyond repair');
