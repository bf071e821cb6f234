/** Ends with a message nobody received and a request nobody completed. */
import { world } from 'flotilla';

const comm = world();
if (comm.rank === 0) comm.Send(new Uint8Array(3), 1, 9);
comm.barrier();
if (comm.rank === 1) comm.irecv(0, 77);
