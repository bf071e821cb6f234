/** MPI 4.1 §6.2.3: the cases of test/mpi/coll between two groups whose blocks differ, blocking and not. */
import assert from 'node:assert/strict';
import { SUM } from 'flotilla';
import { between, counts, eitherWay, rooted } from '../between.ts';
import { conforms, integers, upTo } from '../cases.ts';

/** Blocks of `count` elements, one behind the other. */
const even = (data: Int32Array, ranks: number, count: number) => ({
  data,
  counts: Array<number>(ranks).fill(count),
  displs: upTo(ranks).map((i) => i * count),
});

conforms(
  'coll/icgatherv',
  between(
    eitherWay((inter, left, go) => {
      for (const count of counts) {
        const root = rooted(inter, left);
        const data = new Int32Array(count * inter.remoteSize).fill(-1);
        const into = left && inter.rank === 0 ? even(data, inter.remoteSize, count) : null;
        const mine = left ? null : integers(count, (i) => inter.rank * count + i);
        go(() => inter.Gatherv(mine, into, root), () => inter.Igatherv(mine, into, root)); // prettier-ignore
        assert.ok(data.every((x, i) => x === (into ? i : -1)));
      }
    }),
  ),
  2,
);

conforms(
  'coll/icscatterv',
  between(
    eitherWay((inter, left, go) => {
      for (const count of counts) {
        const root = rooted(inter, left);
        const data = integers(count * inter.remoteSize, (i) => i);
        const from = left && inter.rank === 0 ? even(data, inter.remoteSize, count) : null;
        const got = left ? null : new Int32Array(count).fill(-1);
        go(() => inter.Scatterv(from, got, root), () => inter.Iscatterv(from, got, root)); // prettier-ignore
        assert.ok(got?.every((x, i) => x === inter.rank * count + i) ?? true);
      }
    }),
  ),
  2,
);

conforms(
  'coll/icallgatherv',
  between(
    eitherWay((inter, left, go) => {
      const { rank, remoteSize } = inter;
      const sign = left ? 1 : -1;
      for (const count of counts) {
        const send = integers(count, (i) => sign * (i + rank * count));
        const data = new Int32Array(count * remoteSize).fill(-1);
        const blocks = even(data, remoteSize, count);
        go(() => inter.Allgatherv(send, blocks), () => inter.Iallgatherv(send, blocks)); // prettier-ignore
        assert.ok(data.every((x, i) => x + sign * i === 0));
        // From the right to the left only.
        data.fill(-1);
        const some = left ? blocks : even(data, remoteSize, 0);
        const given = left ? send.subarray(0, 0) : send;
        go(() => inter.Allgatherv(given, some), () => inter.Iallgatherv(given, some)); // prettier-ignore
        assert.ok(data.every((x, i) => (left ? x + i === 0 : x === -1)));
      }
    }),
  ),
  2,
);

/** i elements to rank i of the other group, from the same place in each rank's array. */
const triangle = (i: number) => (i * (i + 1)) / 2;

conforms(
  'coll/icalltoallv',
  between(
    eitherWay((inter, _left, go) => {
      const { rank, remoteSize } = inter;
      const to = upTo(remoteSize);
      const from = {
        data: integers(remoteSize * remoteSize, (i) => i + 100 * rank),
        counts: to,
        displs: to.map(triangle),
      };
      const data = new Int32Array(remoteSize * rank);
      const into = even(data, remoteSize, rank);
      go(() => inter.Alltoallv(from, into), () => inter.Ialltoallv(from, into)); // prettier-ignore
      assert.ok(data.every((x, i) => x === Math.floor(i / rank) * 100 + triangle(rank) + (i % rank)));
    }),
  ),
  2,
);

conforms(
  'coll/icalltoallw',
  between(
    eitherWay((inter, _left, go) => {
      const { rank, remoteSize } = inter;
      const sent = integers(remoteSize * remoteSize, (i) => i + 100 * rank);
      const data = new Int32Array(remoteSize * rank);
      const from = upTo(remoteSize).map((i) => sent.subarray(triangle(i), triangle(i) + i));
      const into = upTo(remoteSize).map((i) => data.subarray(i * rank, (i + 1) * rank));
      go(() => inter.Alltoallw(from, into), () => inter.Ialltoallw(from, into)); // prettier-ignore
      assert.ok(data.every((x, i) => x === Math.floor(i / rank) * 100 + triangle(rank) + (i % rank)));
    }),
  ),
  2,
);

/** The sum over the other group of what the two cases below send. */
function scattered(rank: number, remoteSize: number, sent: number, got: BigInt64Array): void {
  const base = sent * ((remoteSize * (remoteSize - 1)) / 2);
  const expected = (i: number) => BigInt(base + (i + rank * got.length) * remoteSize);
  assert.ok(got.every((x, i) => x === expected(i)));
}

for (const [name, block] of [
  ['coll/redscatinter', false],
  ['coll/redscatbkinter', true],
] as const)
  // prettier-ignore
  conforms(
    name,
    between(
      eitherWay((inter, _left, go) => {
        const { rank, size, remoteSize } = inter;
        const each = 1024 * remoteSize;
        const send = BigInt64Array.from({ length: each * size }, (_, i) => BigInt(rank * each * size + i));
        const got = new BigInt64Array(each);
        const all = Array<number>(size).fill(each);
        if (block) go(() => inter.ReduceScatterBlock(send, got, SUM), () => inter.IreduceScatterBlock(send, got, SUM)); // prettier-ignore
        else go(() => inter.ReduceScatter(send, got, all, SUM), () => inter.IreduceScatter(send, got, all, SUM)); // prettier-ignore
        scattered(rank, remoteSize, each * size, got);
      }),
    ),
    2,
  );
