/** What test/programs/spawn.ts starts: does as its first argument says, with its parents. */
import { ANY_SOURCE, parent, PROC_NULL, ROOT, SUM, world } from 'flotilla';

const up = parent();
if (up === null) throw new Error('started by nobody');
const comm = world();
const [what, ...args] = process.argv.slice(2);

switch (what) {
  case 'tell': // its arguments and what it knows of the world
    up.send({ args, rank: comm.rank, size: comm.size, parents: up.remoteSize, cwd: process.cwd() }, 0);
    break;
  case 'environment': // the variables that it is asked for
    up.send({ values: args.map((name) => process.env[name]), cwd: process.cwd() }, 0);
    break;
  case 'merge': {
    const all = up.merge(true);
    all.allreduce(all.rank, SUM);
    const ring = all.sendrecv<number>(all.rank, (all.rank + 1) % all.size, 0, ANY_SOURCE, 0);
    all.gather([ring, comm.rank]);
    all.disconnect();
    break;
  }
  case 'collect':
    up.bcast(undefined, 0);
    up.gather(comm.rank * comm.rank, 0);
    up.bcast(
      comm.rank === comm.size - 1 ? 'last' : undefined,
      comm.rank === comm.size - 1 ? ROOT : PROC_NULL,
    );
    up.Allreduce(Float64Array.of(comm.rank), new Float64Array(1), SUM);
    break;
  case 'large': {
    const array = new Float64Array(200_000);
    up.Recv(array, 0);
    up.send(
      array.map((x) => 2 * x),
      0,
    );
    break;
  }
  case 'grand': {
    const below = comm.spawn(import.meta.filename, ['tell', 'grandchild'], 1);
    up.send(below.recv(0), 0);
    below.disconnect();
    break;
  }
  default:
    throw new Error(`child does not know ${String(what)}`);
}
up.disconnect();
