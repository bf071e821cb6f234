/** The line between a pool and a worker thread: everything arrives, in order, whatever its size and however full the ring. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import { move } from 'flotilla/pool';
import { Claims, claimsMemory, Numbers } from '../../src/pool/threads/claims.ts';
import { Line } from '../../src/pool/threads/line.ts';
import { Ring, ringMemory } from '../../src/pool/threads/ring.ts';

const { port1, port2 } = new MessageChannel();
after(() => port1.close());

function pair(): [Line, Line] {
  const [there, back] = [ringMemory(), ringMemory()];
  const wake = () => undefined;
  return [
    new Line(new Ring(there), new Ring(back), port1, wake),
    new Line(new Ring(back), new Ring(there), port2, wake),
  ];
}

const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(20_000), fc.nat(60_000)), { maxLength: 60 });

describe('line', () => {
  it('keeps the order through a ring that fills up and turns', () => {
    const [a, b] = pair();
    fc.assert(
      fc.property(sizes, (lengths) => {
        const values = lengths.map((length, i) =>
          i % 3 === 0 ? { i, text: 'x'.repeat(length) } : { i, data: new Uint8Array(length).fill(i) },
        );
        for (const value of values) a.send(value);
        const received: unknown[] = [];
        for (let out = false; !out || b.readable();) {
          while (b.readable()) received.push(b.receive());
          out = a.flush();
        }
        assert.deepEqual(received, values);
      }),
      { numRuns: 100 },
    );
  });

  it('hands memory over', () => {
    const [a, b] = pair();
    const x = new Float64Array(10).fill(3);
    a.send([1, { x: move(x) }]);
    assert.equal(x.length, 0);
    assert.deepEqual(b.receive(), [1, { x: new Float64Array(10).fill(3) }]);
  });

  it('refuses what cannot travel and goes on', () => {
    const [a, b] = pair();
    assert.throws(() => a.send([1, () => 1]));
    a.send('next');
    assert.equal(b.receive(), 'next');
    assert.equal(b.readable(), false);
  });
});

describe('claims', () => {
  it('give a task to one side only, whatever had its slot before', () => {
    const memory = claimsMemory();
    const [pool, worker] = [new Claims(memory), new Claims(memory)];
    const numbers = new Numbers();
    const first = numbers.take();
    pool.offer(first);
    assert.equal(pool.revoke(first), true);
    numbers.giveBack(first);
    const second = numbers.take();
    assert.notEqual(second, first);
    pool.offer(second);
    assert.equal(worker.begin(first), false);
    assert.equal(worker.begin(second), true);
    assert.equal(pool.revoke(second), false);
  });
});
