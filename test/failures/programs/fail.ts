/** Fails in the way that its first argument names, on rank 1, while the others do what the second one says. */
import { MAX, world } from 'flotilla';

const [way, others] = process.argv.slice(2);
const comm = world();

async function meanwhile(): Promise<void> {
  if (others === 'recv') comm.recv(1, 99);
  else if (others === 'collective') comm.allreduce(1, MAX);
  else if (others === 'await') await comm.irecv(1, 99);
  else for (;;);
}

interface Broken {
  readonly inner: { readonly value: number };
}

async function fail(): Promise<void> {
  // The others are to be at it: they say so first.
  for (let i = 0; i < comm.size - 1; i++) comm.recv(undefined, 1);
  if (way === 'throw') console.log((JSON.parse('{}') as Broken).inner.value);
  if (way === 'reject') await Promise.reject(new RangeError('rejected'));
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  if (way === 'text') throw 'only words';
  if (way === 'exit') process.exit(3);
  if (way === 'abort') comm.abort(5);
}

if (comm.rank === 1) {
  await fail();
} else {
  comm.send('ready', 1, 1);
  await meanwhile();
}
