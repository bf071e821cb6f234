/** Collective calls with random sizes, whose results are closed forms. */
import assert from 'node:assert/strict';
import { IN_PLACE, MAX, SUM, type Communicator } from 'flotilla';
import type { Dice } from './dice.ts';
import { checkBytes, payload, type Message } from './messages.ts';

/** Completes a non-blocking collective and checks its result. */
export type Open = () => Promise<void>;

/** One collective call, drawn by dice that are alike on all ranks of the communicator. Returns what is left open. */
export function together(comm: Communicator, dice: Dice, number: number): Open | undefined {
  const { rank, size } = comm;
  const root = dice.below(size);
  const length = dice.size(20_000);
  const message: Message = { number, source: root, dest: -1, tag: -1, bytes: dice.size(100_000) };
  const numbers = (of: number, n = length) =>
    Float64Array.from({ length: n }, (_, i) => of * 1000 + (i % 997));
  const ranks = [...Array(size).keys()];
  const everyone = () => Float64Array.from({ length: length * size }, (_, i) => numberAt(i));
  const numberAt = (i: number) => Math.floor(i / length) * 1000 + ((i % length) % 997);
  const sums = () => Float64Array.from({ length }, (_, i) => 500 * size * (size - 1) + size * (i % 997));

  const calls: (() => Open | void)[] = [
    () => comm.barrier(),
    () => {
      const array = rank === root ? payload(message).slice() : new Uint8Array(message.bytes);
      comm.Bcast(array, root);
      checkBytes(array, message);
    },
    () => checkBytes(comm.bcast(rank === root ? payload(message) : undefined, root), message),
    () => {
      const array = numbers(rank);
      comm.Allreduce(IN_PLACE, array, SUM);
      assert.deepEqual(array, sums());
    },
    () => {
      const array = rank === root ? new Float64Array(length) : null;
      comm.Reduce(numbers(rank), array, SUM, root);
      if (array) assert.deepEqual(array, sums());
    },
    () => assert.equal(comm.allreduce(rank + number, MAX), size - 1 + number),
    () => {
      const array = new Float64Array(length * size);
      comm.Allgather(numbers(rank), array);
      assert.deepEqual(array, everyone());
    },
    () => {
      const counts = ranks.map((r) => (r * 31 + number) % 50);
      const data = new Float64Array(counts.reduce((a, b) => a + b));
      comm.Allgatherv(numbers(rank, counts[rank]), { data, counts });
      assert.deepEqual(data, Float64Array.from(counts.flatMap((n, r) => [...numbers(r, n)])));
    },
    () => {
      const lists = comm.alltoall(ranks.map((to) => ({ from: rank, to, number })));
      assert.deepEqual(
        lists,
        ranks.map((from) => ({ from, to: rank, number })),
      );
    },
    () => {
      const piece = new Float64Array(length);
      comm.Scatter(rank === root ? everyone() : null, piece, root);
      assert.deepEqual(piece, numbers(rank));
    },
    () => {
      const all = comm.gather([rank, number], root);
      const expected = rank === root ? ranks.map((r) => [r, number]) : undefined;
      assert.deepEqual(all, expected);
    },
    () => {
      const array = new Float64Array(length);
      comm.Scan(numbers(rank), array, MAX);
      assert.deepEqual(array, numbers(rank));
    },
    () => {
      const array = rank === root ? payload(message).slice() : new Uint8Array(message.bytes);
      const request = comm.Ibcast(array, root);
      return async () => {
        await request;
        checkBytes(array, message);
      };
    },
    () => {
      const array = new Float64Array(length);
      const request = comm.Iallreduce(numbers(rank), array, SUM);
      return async () => {
        request.wait();
        assert.deepEqual(array, sums());
        return Promise.resolve();
      };
    },
    () => {
      const request = comm.iallgather({ rank, number });
      return async () =>
        assert.deepEqual(
          await request,
          ranks.map((r) => ({ rank: r, number })),
        );
    },
    () => {
      const request = comm.ibarrier();
      return async () => await request;
    },
  ];
  return dice.pick(calls)() ?? undefined;
}
