/** Items beside a time loop: one after the other, failures told and survived, nothing collective. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { architecture, field, gather, sum, uniformGrid, Worker } from 'flotilla/grid';

it('items run one after the other, between setup and teardown', async () => {
  const order: string[] = [];
  const worker = new Worker({ setup: () => order.push('setup'), teardown: () => order.push('teardown') });
  const first = worker.put(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    order.push('first');
    return 1;
  });
  const second = worker.put(() => order.push('second'));
  assert.deepEqual(order, []);
  assert.equal(await first, 1);
  await second;
  await worker.close();
  await worker.close();
  assert.deepEqual(order, ['setup', 'first', 'second', 'teardown']);
  assert.throws(() => worker.put(() => 1), { code: 'ERR_ARGUMENT', message: /closed/ });
});

it('an item that throws rejects its promise and one wait, and the next one runs', async () => {
  const worker = new Worker();
  const bad = worker.put(() => {
    throw new RangeError('no room');
  });
  const good = worker.put(() => 'fine');
  await assert.rejects(worker.wait(), RangeError);
  await assert.rejects(bad, RangeError);
  assert.equal(await good, 'fine');
  await worker.wait();
  const setup = new Worker({ setup: () => Promise.reject(new TypeError('no folder')) });
  assert.equal(await setup.put(() => 3), 3);
  await assert.rejects(setup.close(), TypeError);
});

it('collective calls in items are refused, those of the loop beside them are not', async () => {
  const grid = uniformGrid(architecture(), { origin: [0], extent: [1], cells: [8] });
  const f = field(grid, 'center');
  f.set(2);
  const worker = new Worker();
  const summed = worker.put(() => sum(f));
  assert.equal(sum(f), 16);
  await assert.rejects(summed, { code: 'ERR_ARGUMENT', message: /sum is called in an item of a Worker/ });
  await assert.rejects(
    worker.put(async () => (await Promise.resolve(), gather(f))),
    { code: 'ERR_ARGUMENT' },
  );
  await assert.rejects(worker.close(), { code: 'ERR_ARGUMENT' });
  assert.equal(sum(f), 16);
});
