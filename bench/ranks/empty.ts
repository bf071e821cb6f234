/** A rank that does nothing but be there; prints the memory of its process, in MB, at the end. */
import { world } from 'flotilla';

const comm = world();
comm.barrier();
if (comm.rank === 0) console.log(`rss ${process.memoryUsage.rss() / 1e6}`);
comm.barrier();
