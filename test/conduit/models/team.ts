/**
 * A team of two ranks, both of which run programs that never end. Once they run the engine fails; the program catches that, and all ranks
 * go on. Twice: the ranks of a team that tolerates failures tell each other of them.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { world } from 'flotilla';
import { distributed, external, type Sample } from 'flotilla/conduit';

const port = Number(process.env.PORT);
const CONNECT = `require('node:net').connect(${port})`;
const program = external<object>(() => ['/bin/sh', '-c', '"$0" -e "$1" & wait', process.execPath, CONNECT]);
const model = (sample: Sample) => program({}, undefined, sample);
const comm = world();

for (const tolerant of [false, true]) {
  const run = distributed({ ranksPerTeam: 2 }).open(
    [{ name: 'w', seed: 0, model, tolerant }],
    async (pool) => {
      void pool.submit({ work: 0, id: 0, generation: 0, value: 0 });
      // The test answers when both run.
      const socket = connect(port);
      socket.write('do they run?');
      await once(socket, 'data');
      socket.destroy();
      throw new RangeError('the engine fails');
    },
  );
  await run.catch((error: unknown) => console.log(`rank ${comm.rank}: ${String(error)}`));
  comm.barrier();
}
