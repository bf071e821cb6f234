/** Says that it runs, then computes, or waits, for ever. */
import { world } from 'flotilla';

const comm = world();
console.log(`rank ${comm.rank} runs`);
if (comm.rank === 0) for (;;);
comm.recv(0);
