/** Completion of several requests (MPI 4.1 §3.7.5) in loops, and of very many. */
import assert from 'node:assert/strict';
import { testAll, testAny, testSome, waitAny, type Request } from 'flotilla';
import { check, checkWorld, run } from '../harness/cases.ts';

/** Calls until it gives something. */
function until<T>(call: () => T | undefined): T {
  for (;;) {
    const found = call();
    if (found !== undefined) return found;
  }
}

check('testAny and testSome go on after the first is complete', (comm) => {
  const { rank, size } = comm;
  const [left, right] = [(rank + size - 1) % size, (rank + 1) % size];
  const begin = () => [comm.irecv<string>(left, 1), comm.irecv<string>(left, 2)];
  // The second message goes out when the first is in.
  const any = begin();
  comm.send('one', right, 1);
  const found = [until(() => testAny(any))];
  comm.send('two', right, 2);
  found.push(until(() => testAny(any)));
  assert.deepEqual(found.sort(), [0, 1]);
  assert.equal(testAny(any), undefined);
  const some = begin();
  const news = () => {
    const indices = testSome(some)!;
    return indices.length === 0 ? undefined : indices;
  };
  comm.send('one', right, 1);
  const seen = until(news);
  comm.send('two', right, 2);
  while (seen.length < 2) seen.push(...until(news));
  assert.deepEqual(seen.sort(), [0, 1]);
  assert.equal(testSome(some), undefined);
  const all = begin();
  for (const tag of [1, 2]) comm.send('both', right, tag);
  until(() => testAll(all) || undefined);
  assert.deepEqual(
    all.map((request) => request.wait()),
    ['both', 'both'],
  );
});

checkWorld('waitAny over 5,000 receives, of which the last is complete', (comm) => {
  const { rank, size } = comm;
  const source = (rank + size - 1) % size;
  const array = new Int32Array(5000);
  const requests: Request<void>[] = [];
  for (let i = 0; i < array.length; i++) requests.push(comm.Irecv(array.subarray(i, i + 1), source, 100 + i));
  comm.barrier();
  const sent = requests.map((_, i) => array.length - 1 - i);
  for (const i of sent) comm.Send(Int32Array.of(i), (rank + 1) % size, 100 + i);
  let left = requests.length;
  while (waitAny(requests) !== undefined) left--;
  assert.equal(left, 0);
  assert.deepEqual([...array], [...array.keys()]);
});

await run();
