/** One line of rank 0: how many ranks there are, the hosts that they are on, and the sum of their numbers. */
import { hostname } from 'node:os';
import { SUM, world } from 'flotilla';

const comm = world();
const hosts = comm.gather(hostname());
const sum = comm.allreduce(comm.rank, SUM);
if (hosts !== undefined) console.log(`${comm.size} on ${hosts.join(' ')}, ${sum}`);
