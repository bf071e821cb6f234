/** MPI 4.1 §7.6 and §6.2.3: the cases of test/mpi/comm and test/mpi/coll between two groups. */
import assert from 'node:assert/strict';
import { self, SUM, waitSome } from 'flotilla';
import { between, counts, eitherWay, rooted } from '../between.ts';
import { conforms, integers } from '../cases.ts';

conforms(
  'comm/ic1',
  (comm) => {
    // Of the first two ranks, each a group by itself.
    if (comm.rank > 1) return;
    const other = 1 - comm.rank;
    const inter = self().createIntercomm(0, comm, other, 27);
    const got = Int32Array.of(-1);
    inter.Sendrecv(Int32Array.of(comm.rank), 0, 13, got, 0, 13);
    assert.equal(got[0], other);
    inter.free();
  },
  2,
);

conforms(
  'comm/ic2',
  (comm) => {
    // Groups whose leaders stand in another order than their members.
    const [a, b, c, d] = [comm.size - 1, 0, 1, 2] as const;
    const groups = [
      [a, b],
      [c, d],
    ].map((ranks) => comm.create(comm.group().include(ranks)));
    for (const [group, leader] of [
      [groups[0], c],
      [groups[1], a],
    ] as const) {
      const inter = group?.createIntercomm(0, comm, leader, 5);
      if (inter) assert.deepEqual(inter.remoteGroup().translateRanks([0], comm.group()), [leader]);
      inter?.free();
    }
    for (const group of groups) group?.free();
  },
  4,
);

conforms(
  'comm/icgroup',
  between((inter) => {
    const group = inter.group();
    assert.deepEqual([group.rank, group.size], [inter.rank, inter.size]);
    assert.equal(inter.remoteGroup().size, inter.remoteSize);
    assert.equal(group.intersection(inter.remoteGroup()).size, 0);
  }),
  2,
);

conforms(
  'comm/icm',
  between((inter, left, comm) => {
    const made = [left, !left, false, true].map((high) => inter.merge(high));
    for (const each of made) assert.equal(each.size, inter.size + inter.remoteSize);
    assert.equal(made[0]!.rank, left ? inter.remoteSize + inter.rank : inter.rank);
    assert.equal(made[1]!.rank, comm.rank);
    for (const each of made) {
      each.barrier();
      each.free();
    }
  }),
  2,
);

conforms(
  'comm/probe_intercomm',
  between((inter, left) => {
    if (inter.rank !== 0) return;
    const text = Buffer.from('test\0');
    if (!left) {
      inter.Send(new Uint8Array(text), 0, 0);
      return;
    }
    const status = inter.probe(0, 0);
    assert.equal(status.count(), text.length);
    const got = new Uint8Array(text.length);
    inter.Recv(got, 0, 0);
    assert.equal(Buffer.compare(got, text), 0);
  }),
  2,
);

conforms(
  'coll/icbarrier',
  between(
    eitherWay((inter, _left, go) => {
      for (let i = 0; i < 5; i++)
        go(
          () => inter.barrier(),
          () => inter.ibarrier(),
        );
    }),
  ),
  2,
);

conforms(
  'coll/icbcast',
  between(
    eitherWay((inter, left, go) => {
      for (const count of counts) {
        const array = integers(count, (i) => (left && inter.rank === 0 ? i : -1));
        go(
          () => inter.Bcast(array, rooted(inter, left)),
          () => inter.Ibcast(array, rooted(inter, left)),
        );
        // Nobody else of the root's group gets it.
        const has = !left || inter.rank === 0;
        assert.ok(array.every((x, i) => x === (has ? i : -1)));
      }
    }),
  ),
  2,
);

conforms(
  'coll/icreduce',
  between(
    eitherWay((inter, left, go) => {
      for (const count of counts) {
        const total = left && inter.rank === 0 ? new Int32Array(count).fill(-1) : null;
        const mine = left ? null : integers(count, (i) => i);
        go(
          () => inter.Reduce(mine, total, SUM, rooted(inter, left)),
          () => inter.Ireduce(mine, total, SUM, rooted(inter, left)),
        );
        assert.ok(total?.every((x, i) => x === i * inter.remoteSize) ?? true);
        assert.ok(mine?.every((x, i) => x === i) ?? true);
      }
    }),
  ),
  2,
);

conforms(
  'coll/icgather',
  between(
    eitherWay((inter, left, go) => {
      for (const count of counts) {
        const got = left && inter.rank === 0 ? new Int32Array(count * inter.remoteSize).fill(-1) : null;
        const mine = left ? null : integers(count, (i) => inter.rank * count + i);
        go(
          () => inter.Gather(mine, got, rooted(inter, left)),
          () => inter.Igather(mine, got, rooted(inter, left)),
        );
        assert.ok(got?.every((x, i) => x === i) ?? true);
      }
    }),
  ),
  2,
);

conforms(
  'coll/icscatter',
  between(
    eitherWay((inter, left, go) => {
      for (const count of counts) {
        const given = left && inter.rank === 0 ? integers(count * inter.remoteSize, (i) => i) : null;
        const got = left ? null : new Int32Array(count).fill(-1);
        go(
          () => inter.Scatter(given, got, rooted(inter, left)),
          () => inter.Iscatter(given, got, rooted(inter, left)),
        );
        assert.ok(got?.every((x, i) => x === inter.rank * count + i) ?? true);
      }
    }),
  ),
  2,
);

conforms(
  'coll/icallreduce',
  between(
    eitherWay((inter, left, go) => {
      const sign = left ? 1 : -1;
      for (const count of counts) {
        const got = new Int32Array(count);
        go(
          () =>
            inter.Allreduce(
              integers(count, (i) => sign * i),
              got,
              SUM,
            ),
          () =>
            inter.Iallreduce(
              integers(count, (i) => sign * i),
              got,
              SUM,
            ),
        );
        assert.ok(got.every((x, i) => x === -sign * i * inter.remoteSize || (x === 0 && i === 0)));
      }
    }),
  ),
  2,
);

conforms(
  'coll/icallgather',
  between(
    eitherWay((inter, left, go) => {
      const sign = left ? 1 : -1;
      for (const count of counts) {
        const got = new Int32Array(count * inter.remoteSize).fill(-1);
        go(
          () =>
            inter.Allgather(
              integers(count, (i) => sign * (inter.rank * count + i)),
              got,
            ),
          () =>
            inter.Iallgather(
              integers(count, (i) => sign * (inter.rank * count + i)),
              got,
            ),
        );
        assert.ok(got.every((x, i) => x + sign * i === 0));
      }
    }),
  ),
  2,
);

conforms(
  'coll/icalltoall',
  between(
    eitherWay((inter, _left, go) => {
      for (const count of counts) {
        const got = new Int32Array(count * inter.remoteSize).fill(-1);
        go(
          () =>
            inter.Alltoall(
              integers(got.length, (i) => (i % count) + inter.rank),
              got,
            ),
          () =>
            inter.Ialltoall(
              integers(got.length, (i) => (i % count) + inter.rank),
              got,
            ),
        );
        assert.ok(got.every((x, i) => x === (i % count) + Math.floor(i / count)));
      }
    }),
  ),
  2,
);

conforms(
  'comm/dupic',
  between((inter) => {
    // What is sent in one of two communicators is not there in the other.
    const copy = inter.dup();
    if (inter.rank === 0) {
      const [there, here] = [Int32Array.of(-1), Int32Array.of(-1)];
      const requests = [copy.Irecv(there, 0, 0), inter.Irecv(here, 0, 0)];
      inter.Send(Int32Array.of(17), 0, 0);
      assert.deepEqual(waitSome(requests), [1]);
      inter.Sendrecv(new Uint8Array(0), 0, 37, new Uint8Array(0), 0, 37);
      copy.Send(Int32Array.of(456), 0, 0);
      requests[0]!.wait();
      assert.deepEqual([there[0], here[0]], [456, 17]);
    }
    const again = copy.dup();
    again.free();
    copy.free();
  }),
  2,
);

conforms(
  'comm/icsplit',
  between((inter) => {
    const odd = inter.rank % 2;
    const part = inter.split(odd, inter.rank);
    // Of n ranks, so many are even or odd.
    const of = (n: number) => (n + 1 - odd) >> 1;
    if (of(inter.remoteSize) === 0) {
      assert.equal(part, null);
      return;
    }
    assert.deepEqual([part!.size, part!.remoteSize], [of(inter.size), of(inter.remoteSize)]);
    assert.equal(part!.rank, inter.rank >> 1);
    const got = Int32Array.of(-1);
    if (part!.rank === 0) part!.Sendrecv(Int32Array.of(part!.size), 0, 0, got, 0, 0);
    if (part!.rank === 0) assert.equal(got[0], part!.remoteSize);
    part!.barrier();
    part!.free();
  }),
  4,
);
