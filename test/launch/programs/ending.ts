/** Ends, or is ended, in the way that its first argument names. */
import { execFileSync, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { world } from 'flotilla';

const [way] = process.argv.slice(2);
const comm = world();

function thrown(): unknown {
  const error = new Error('it broke');
  if (way === 'cause') error.cause = error;
  if (way !== 'stack') return error;
  const get = (): never => {
    throw new Error('a trap');
  };
  return Object.defineProperty(error, 'stack', { get });
}

switch (way) {
  case 'exit': // all of them
    comm.barrier();
    process.exit(75);
    break;
  case 'exitCode': // some of them, which end before the others
    if (comm.rank > 0) process.exitCode = 2 + comm.rank;
    else await pause(1500);
    process.on('exit', () => console.log(`the list of rank ${comm.rank}`));
    break;
  case 'unsettled':
    if (comm.rank === 1) await new Promise(() => undefined);
    else comm.recv(1);
    break;
  case 'signal':
    process.on('SIGUSR1', () => {
      console.log(`rank ${comm.rank} got it`);
      comm.send(0, comm.rank, 5);
    });
    console.log('waits');
    await comm.irecv(comm.rank, 5);
    break;
  case 'stubborn': // a handler that does not end the rank, and children
    process.on('SIGTERM', () => undefined);
    spawn('sh', ['-c', 'trap "" TERM INT; sleep 1000 & wait; sleep 1000'], { stdio: 'ignore' });
    if (comm.rank === 0) {
      console.log('waits');
      execFileSync('sleep', ['1000']);
    }
    await comm.irecv(0, 5);
    break;
  case 'fails beside a call': // that no thread comes out of
    if (comm.rank === 0) {
      comm.send(1, 1);
      execFileSync('sleep', ['1000']);
    }
    comm.recv(0);
    throw new Error('it broke');
  case 'children': {
    const child = [process.argv[1]!, 'child'];
    const cli = process.argv[3]!;
    const node = (...args: string[]) => execFileSync(process.execPath, args, { encoding: 'utf8' });
    if (comm.rank > 0) break;
    const outputs = [
      node('--import', 'flotilla/register', ...child),
      node(cli, ...child),
      node(cli, 'run', '-n', '2', ...child),
      ...['openmpi', 'mpich'].map((mpi) => node(cli, 'run', '-n', '2', `--mpi=${mpi}`, ...child)),
    ];
    console.log(outputs.join('').trim().split('\n').sort().join());
    break;
  }
  case 'child':
    console.log(`${comm.rank} of ${comm.size}`);
    break;
  default:
    if (comm.rank === 1) throw thrown();
    comm.recv(1);
}
