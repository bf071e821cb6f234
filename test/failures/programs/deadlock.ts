/** Ways to wait for what never comes. */
import { world } from 'flotilla';

const comm = world();
const way = process.argv[2];
const next = (comm.rank + 1) % comm.size;

if (way === 'cycle') comm.recv(next, 5);
if (way === 'rendezvous') comm.Send(new Float64Array(1_000_000), next, 7);
if (way === 'ended' && comm.rank === 0) comm.Recv(new Uint8Array(1), 1, 2);
if (way === 'await') await comm.irecv(next, 6);
if (way === 'absent' && comm.rank !== 2) comm.barrier();
if (way === 'absent' && comm.rank === 2) comm.recv(0, 3);
