/** Who is there? Every rank tells rank 0, which prints in order. */
import { processorName, world } from 'flotilla';

const comm = world();
const greetings = comm.gather(`hello from rank ${comm.rank} of ${comm.size} on ${processorName()}`);
for (const greeting of greetings ?? []) console.log(greeting);
