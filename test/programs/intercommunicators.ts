/** Intercommunicators (MPI 4.1 §7.6, §6.2.3). Case 26 is the specification's; values are closed forms. */
import assert from 'node:assert/strict';
import {
  ANY_SOURCE,
  BAND,
  createOp,
  MAX,
  PROC_NULL,
  ROOT,
  Status,
  strided,
  SUM,
  waitAll,
  type Communicator,
  type Intercommunicator,
} from 'flotilla';
import { check, refuses, run } from '../harness/cases.ts';

const upTo = (n: number) => [...Array(n).keys()];
const triangle = (n: number) => (n * (n - 1)) / 2;

/** Even and odd ranks, led by their last ones, joined; with one rank there is nothing to join. */
function joined(comm: Communicator, body: (inter: Intercommunicator, even: boolean) => void): void {
  if (comm.size < 2) return;
  const even = comm.rank % 2 === 0;
  const half = comm.split(even ? 0 : 1)!;
  const last = (parity: number) => comm.size - 1 - ((comm.size - 1 - parity) & 1);
  const leads = half.rank === half.size - 1;
  const inter = half.createIntercomm(half.size - 1, leads ? comm : null, last(even ? 1 : 0), 5);
  body(inter, even);
  inter.free();
  half.free();
}

/** What a rank of the own group gives for the root when `root` of the named group is it. */
const roleOf = (inter: Intercommunicator, ours: boolean, root: number) =>
  !ours ? root : inter.rank === root ? ROOT : PROC_NULL;

check('who is where', (comm) =>
  joined(comm, (inter, even) => {
    const evens = Math.ceil(comm.size / 2);
    const odds = comm.size - evens;
    assert.equal(inter.size, even ? evens : odds);
    assert.equal(inter.remoteSize, even ? odds : evens);
    assert.equal(inter.rank, comm.rank >> 1);
    const all = comm.group();
    const mine = all.include(upTo(comm.size).filter((r) => r % 2 === comm.rank % 2));
    assert.equal(inter.group().compare(mine), 'IDENT');
    assert.equal(inter.remoteGroup().compare(all.difference(mine)), 'IDENT');
  }),
);

check('messages go to the other group', (comm) =>
  joined(comm, (inter) => {
    const { rank, size, remoteSize } = inter;
    if (rank < remoteSize) {
      const sent = inter.isend({ from: rank }, rank, 3);
      const status = new Status();
      assert.deepEqual(inter.recv(ANY_SOURCE, 3, status), { from: rank });
      assert.equal(status.source, rank);
      sent.wait();
      const array = new Float64Array(3000).fill(rank);
      const got = new Float64Array(3000);
      inter.Sendrecv(array, rank, 1, got, rank, 1);
      assert.deepEqual(got, array);
    }
    assert.equal(inter.recv(PROC_NULL), null);
    refuses('ERR_RANK', () => inter.send(0, remoteSize), /0/);
    refuses('ERR_RANK', () => inter.recv(remoteSize));
    refuses('ERR_ROOT', () => inter.bcast(0, remoteSize), /ROOT, PROC_NULL/);
    refuses('ERR_COUNT', () => inter.alltoall(upTo(remoteSize + 1)));
    assert.ok(size > 0);
  }),
);

check('26: bcast with ROOT, PROC_NULL and the remote group', (comm) =>
  joined(comm, (inter, even) => {
    for (const fromEven of [true, false]) {
      const ours = even === fromEven;
      for (const root of upTo(ours ? inter.size : inter.remoteSize)) {
        const role = roleOf(inter, ours, root);
        const value = { root, fromEven, pad: 'x'.repeat(20_000) };
        const got = inter.bcast(role === ROOT ? value : undefined, role);
        assert.deepEqual(got, role === PROC_NULL ? undefined : value);
        const array = new Int32Array(5000).fill(role === ROOT ? root : -1);
        inter.Bcast(array, role);
        assert.deepEqual(array, new Int32Array(5000).fill(role === PROC_NULL ? -1 : root));
      }
    }
  }),
);

check('gather, scatter, reduce: between a root and the other group', (comm) =>
  joined(comm, (inter, even) => {
    const { rank, size, remoteSize } = inter;
    for (const fromEven of [true, false]) {
      const ours = even === fromEven;
      for (const root of upTo(ours ? size : remoteSize)) {
        const role = roleOf(inter, ours, root);
        const isRoot = role === ROOT;
        assert.deepEqual(
          inter.gather(`rank ${rank}`, role),
          isRoot ? upTo(remoteSize).map((r) => `rank ${r}`) : undefined,
        );
        const one = inter.scatter(isRoot ? upTo(remoteSize).map((r) => [r, root]) : undefined, role);
        assert.deepEqual(one, ours ? undefined : [rank, root]);
        assert.equal(inter.reduce(rank, SUM, role), isRoot ? triangle(remoteSize) : undefined);
        const join = createOp<string>((a, b) => a + b, { commutative: false });
        assert.equal(inter.reduce(String(rank), join, role), isRoot ? upTo(remoteSize).join('') : undefined);

        const gathered = isRoot ? new Float64Array(2 * remoteSize) : null;
        inter.Gather(ours ? null : Float64Array.of(rank, -rank), gathered, role);
        if (isRoot)
          assert.deepEqual(
            [...gathered!],
            upTo(remoteSize).flatMap((r) => [r, -r]),
          );
        const piece = ours ? null : new Int32Array(3);
        const all = isRoot ? Int32Array.from(upTo(3 * remoteSize)) : null;
        inter.Scatter(all, piece, role);
        if (piece) assert.deepEqual([...piece], [3 * rank, 3 * rank + 1, 3 * rank + 2]);
        const total = isRoot ? new Float64Array(2) : null;
        inter.Reduce(ours ? null : Float64Array.of(rank, 1), total, SUM, role);
        if (total) assert.deepEqual([...total], [triangle(remoteSize), remoteSize]);
      }
    }
  }),
);

check('allgather, alltoall, allreduce: each group gets what the other gives', (comm) =>
  joined(comm, (inter, even) => {
    const { rank, remoteSize } = inter;
    const theirs = !even;
    assert.deepEqual(
      inter.allgather({ rank, even }),
      upTo(remoteSize).map((r) => ({ rank: r, even: theirs })),
    );
    assert.deepEqual(
      inter.alltoall(upTo(remoteSize).map((to) => `${rank}→${to}`)),
      upTo(remoteSize).map((from) => `${from}→${rank}`),
    );
    assert.equal(inter.allreduce(rank + (even ? 100 : 0), MAX), remoteSize - 1 + (theirs ? 100 : 0));

    const all = new Int32Array(2 * remoteSize);
    inter.Allgather(Int32Array.of(rank, even ? 1 : 0), all);
    assert.deepEqual(
      [...all],
      upTo(remoteSize).flatMap((r) => [r, theirs ? 1 : 0]),
    );
    const pieces = new Float64Array(remoteSize);
    inter.Alltoall(
      Float64Array.from(upTo(remoteSize), (to) => 100 * rank + to),
      pieces,
    );
    assert.deepEqual(
      [...pieces],
      upTo(remoteSize).map((from) => 100 * from + rank),
    );
    const sums = new Float64Array(2);
    inter.Allreduce(Float64Array.of(rank, even ? 1 : 0), sums, SUM);
    assert.deepEqual([...sums], [triangle(remoteSize), theirs ? remoteSize : 0]);
    inter.barrier();
  }),
);

check('26: merge: local and remote ranks together', (comm) =>
  joined(comm, (inter, even) => {
    const { rank, size, remoteSize } = inter;
    for (const evenHigh of [true, false]) {
      const all = inter.merge(even === evenHigh);
      assert.equal(all.size, size + remoteSize);
      assert.equal(all.rank, even === evenHigh ? remoteSize + rank : rank);
      const evens = Math.ceil(comm.size / 2);
      const order = upTo(comm.size).sort((a, b) => (a % 2) - (b % 2) || a - b);
      if (evenHigh) order.push(...order.splice(0, evens));
      assert.deepEqual(all.allgather(comm.rank), order);
      assert.equal(all.compare(comm), comm.size === 2 && !evenHigh ? 'CONGRUENT' : 'SIMILAR');
      all.free();
    }
    const same = inter.merge(true);
    assert.equal(same.allreduce(1, SUM), size + remoteSize);
    same.disconnect();
  }),
);

check('non-blocking collectives, those of values, all under way at once', (comm) =>
  joined(comm, (inter, even) => {
    const { rank, size, remoteSize } = inter;
    const join = createOp<string>((a, b) => a + b, { commutative: false });
    const word = (r: number, ofEven: boolean) => `${ofEven ? 'e' : 'o'}${r}`;
    const theirs = upTo(remoteSize).map((r) => word(r, !even));
    for (const fromEven of [true, false]) {
      const ours = even === fromEven;
      const root = (ours ? size : remoteSize) - 1;
      const role = roleOf(inter, ours, root);
      const isRoot = role === ROOT;
      const requests = [
        inter.ibcast(isRoot ? { root, pad: 'x'.repeat(20_000) } : undefined, role),
        inter.igather(word(rank, even), role),
        inter.iscatter(isRoot ? upTo(remoteSize).map((r) => [r]) : undefined, role),
        inter.ireduce(word(rank, even), join, role),
        inter.iallgather(word(rank, even)),
        inter.ialltoall(upTo(remoteSize).map((to) => `${rank}→${to}`)),
        inter.iallreduce(word(rank, even), join),
        inter.ibarrier(),
      ] as const;
      const [cast, gathered, scattered, reduced, all, exchanged, total] = waitAll(requests);
      if (!ours || isRoot) assert.deepEqual(cast, { root, pad: 'x'.repeat(20_000) });
      else assert.equal(cast, undefined);
      assert.deepEqual(gathered, isRoot ? theirs : undefined);
      assert.deepEqual(scattered, ours ? undefined : [rank]);
      assert.equal(reduced, isRoot ? theirs.join('') : undefined);
      assert.deepEqual(all, theirs);
      assert.deepEqual(
        exchanged,
        upTo(remoteSize).map((from) => `${from}→${rank}`),
      );
      assert.equal(total, theirs.join(''));
    }
  }),
);

check('non-blocking, vector and ReduceScatter forms of memory', (comm) =>
  joined(comm, (inter, even) => {
    const { rank, size, remoteSize } = inter;
    const evens = Math.ceil(comm.size / 2);
    /** What is sent from a rank of a group to one of the other; places in a block differ. */
    const f = (from: number, to: number, at = 0) => 100 * from + 10 * to + at;
    const blocks = () => {
      // Counts 1, 2, … with a gap of one element behind each.
      const counts = upTo(remoteSize).map((r) => r + 1);
      const displs = counts.map((_, r) => (r * (r + 3)) / 2);
      return { data: new Float64Array((remoteSize * (remoteSize + 3)) / 2).fill(-1), counts, displs };
    };
    const filled = (value: (r: number, at: number) => number) => {
      const { data, counts, displs } = blocks();
      counts.forEach((count, r) =>
        data.set(
          upTo(count).map((at) => value(r, at)),
          displs[r],
        ),
      );
      return { data, counts, displs };
    };
    for (const blocking of [true, false]) {
      for (const fromEven of [true, false]) {
        const ours = even === fromEven;
        const root = (ours ? size : remoteSize) - 1;
        const role = roleOf(inter, ours, root);
        const isRoot = role === ROOT;
        const own = ours ? null : Float64Array.from(upTo(rank + 1), (at) => f(rank, root, at));
        const gathered = isRoot ? blocks() : null;
        const piece = ours ? null : new Float64Array(rank + 1);
        const source = isRoot ? filled((r, at) => f(root, r, at)) : null;
        if (blocking) {
          inter.Gatherv(own, gathered, role);
          inter.Scatterv(source, piece, role);
        } else {
          const requests = [inter.Igatherv(own, gathered, role), inter.Iscatterv(source, piece, role)];
          const array = Float64Array.of(isRoot ? 7 : -1);
          const equal = isRoot ? new Float64Array(2 * remoteSize) : null;
          const part = ours ? null : new Float64Array(2);
          const total = isRoot ? new Float64Array(2) : null;
          const [two, all] = [Float64Array.of(rank, -rank), Float64Array.from(upTo(2 * remoteSize))];
          requests.push(
            inter.Ibcast(array, role),
            inter.Igather(ours ? null : two, equal, role),
            inter.Iscatter(isRoot ? all : null, part, role),
            inter.Ireduce(ours ? null : two, total, SUM, role),
          );
          waitAll(requests);
          assert.equal(array[0], ours && !isRoot ? -1 : 7);
          if (equal)
            assert.deepEqual(
              [...equal],
              upTo(remoteSize).flatMap((r) => [r, -r]),
            );
          if (part) assert.deepEqual([...part], [2 * rank, 2 * rank + 1]);
          if (total) assert.deepEqual([...total].map(Math.abs), [triangle(remoteSize), triangle(remoteSize)]);
        }
        if (gathered) assert.deepEqual(gathered.data, filled((r, at) => f(r, root, at)).data);
        if (piece)
          assert.deepEqual(
            [...piece],
            upTo(rank + 1).map((at) => f(root, rank, at)),
          );
      }

      // To all: rank r of either group gives r + 1 elements.
      const own = Float64Array.from(upTo(rank + 1), (at) => f(rank, 0, at));
      const all = blocks();
      if (blocking) inter.Allgatherv(own, all);
      else inter.Iallgatherv(own, all).wait();
      assert.deepEqual(all.data, filled((r, at) => f(r, 0, at)).data);

      // From i to j go i + j elements.
      const counts = upTo(remoteSize).map((r) => rank + r);
      const length = counts.reduce((sum, count) => sum + count, 0);
      const values = (value: (r: number, at: number) => number) =>
        Float64Array.from(counts.flatMap((count, r) => upTo(count).map((at) => value(r, at))));
      const into = new Float64Array(length);
      const from = { data: values((r, at) => f(rank, r, at)), counts };
      if (blocking) inter.Alltoallv(from, { data: into, counts });
      else inter.Ialltoallv(from, { data: into, counts }).wait();
      assert.deepEqual(
        into,
        values((r, at) => f(r, rank, at)),
      );

      // Columns of one field to columns of another.
      const field = Int32Array.from({ length: 2 * remoteSize }, (_, at) => 100 * rank + at);
      const turned = new Int32Array(2 * remoteSize);
      const columns = (array: Int32Array) =>
        upTo(remoteSize).map((r) => strided(array, { offset: r, shape: [2], strides: [remoteSize] }));
      if (blocking) inter.Alltoallw(columns(field), columns(turned));
      else inter.Ialltoallw(columns(field), columns(turned)).wait();
      const sent = (r: number, row: number) => 100 * r + row * size + rank;
      assert.deepEqual(
        [...turned],
        [0, 1].flatMap((row) => upTo(remoteSize).map((r) => sent(r, row))),
      );

      // The sizes of the groups differ by one at the most: a common multiple is divided by either.
      const odds = comm.size - evens;
      const total = evens * odds;
      const given = Float64Array.from(upTo(total), (at) => f(rank, 0, at));
      const block = new Float64Array(total / size);
      const sums = (start: number, count: number) =>
        upTo(count).map((at) => upTo(remoteSize).reduce((sum, r) => sum + f(r, 0, start + at), 0));
      if (blocking) inter.ReduceScatterBlock(given, block, SUM);
      else inter.IreduceScatterBlock(given, block, SUM).wait();
      assert.deepEqual([...block], sums(rank * block.length, block.length));
      // All to the last rank but one element to the first.
      const uneven = upTo(size).map((r) =>
        size === 1 ? total : r === 0 ? 1 : r === size - 1 ? total - 1 : 0,
      );
      const some = new Float64Array(uneven[rank]!);
      const keep = createOp<number>((a) => a, { commutative: false });
      if (blocking) inter.ReduceScatter(given, some, uneven, keep);
      else inter.IreduceScatter(given, some, uneven, keep).wait();
      const start = rank === 0 ? 0 : 1;
      assert.deepEqual(
        [...some],
        upTo(some.length).map((at) => f(0, 0, start + at)),
      );
      if (blocking) continue;

      const [ones, exchanged, totals] = [
        new Float64Array(remoteSize),
        new Float64Array(remoteSize),
        new Float64Array(1),
      ];
      waitAll([
        inter.Iallgather(Float64Array.of(rank), ones),
        inter.Ialltoall(
          Float64Array.from(upTo(remoteSize), (to) => f(rank, to)),
          exchanged,
        ),
        inter.Iallreduce(Float64Array.of(rank), totals, SUM),
      ]);
      assert.deepEqual([...ones], upTo(remoteSize));
      assert.deepEqual(
        [...exchanged],
        upTo(remoteSize).map((r) => f(r, rank)),
      );
      assert.equal(totals[0], triangle(remoteSize));
    }
    refuses('ERR_ROOT', () => inter.ibcast(1, remoteSize), /ibcast/);
    refuses('ERR_COUNT', () => inter.Alltoallw([], []), /remote rank/);
    if (remoteSize > 1)
      refuses('ERR_COUNT', () => inter.Iallgather(new Int8Array(1), new Int8Array(remoteSize + 1)), /cut/);
    refuses('ERR_COUNT', () => inter.ReduceScatter(new Int8Array(3), new Int8Array(1), [], SUM));
    refuses('ERR_OP', () => inter.Iallreduce(new Float64Array(1), new Float64Array(1), BAND));
    refuses('ERR_BUFFER', () => inter.Gatherv(null, null, ROOT), /blocks/);
    // The groups' lengths must agree: both find out, on every rank.
    const long = new Float64Array((even ? 2 : 4) * size);
    const wrong = inter.IreduceScatterBlock(long, new Float64Array(even ? 2 : 4), SUM);
    if (2 * evens !== 4 * (comm.size - evens)) refuses('ERR_COUNT', () => wrong.wait(), /lengths/);
    else wrong.wait();
  }),
);

check('dup: the same groups in a new context; split: by color in both groups', (comm) =>
  joined(comm, (inter, even) => {
    const { rank, size, remoteSize } = inter;
    const copy = inter.dup();
    assert.deepEqual([copy.rank, copy.size, copy.remoteSize], [rank, size, remoteSize]);
    if (rank === 0) {
      const first = copy.isend('copy', 0, 1);
      const second = inter.isend('first', 0, 1);
      assert.equal(inter.recv(0, 1), 'first');
      assert.equal(copy.recv(0, 1), 'copy');
      waitAll([first, second]);
    }
    assert.equal(copy.allreduce(rank, SUM), triangle(remoteSize));
    assert.equal(copy.group().compare(inter.group()), 'IDENT');
    assert.equal(copy.remoteGroup().compare(inter.remoteGroup()), 'IDENT');
    copy.free();
    refuses('ERR_COMM', () => copy.dup());

    // Halves of both groups, the later rank first.
    const part = inter.split(rank % 2, -rank);
    const mine = upTo(size)
      .filter((r) => r % 2 === rank % 2)
      .reverse();
    const others = upTo(remoteSize)
      .filter((r) => r % 2 === rank % 2)
      .reverse();
    if (others.length === 0) assert.equal(part, null);
    else {
      assert.deepEqual(
        [part!.rank, part!.size, part!.remoteSize],
        [mine.indexOf(rank), mine.length, others.length],
      );
      assert.deepEqual(part!.allgather(rank), others);
      assert.equal(part!.ireduce(rank, MAX, PROC_NULL).wait(), undefined);
      const all = part!.merge(!even);
      assert.equal(all.size, mine.length + others.length);
      all.free();
      part!.free();
    }
    // A color that one group alone gives; none at all.
    assert.equal(inter.split(even ? 1 : 2), null);
    const zeros = inter.split(rank === 0 ? 0 : null);
    assert.equal(zeros?.remoteSize, rank === 0 ? 1 : undefined);
    zeros?.free();
    refuses('ERR_ARG', () => inter.split(-1), /color/);
    refuses('ERR_ARG', () => inter.split(0, 0.5), /key/);
  }),
);

check('what a leader is refused, its whole group learns', (comm) => {
  refuses('ERR_RANK', () => comm.createIntercomm(comm.size, comm, 0), /lead/);
  refuses('ERR_COMM', () => comm.createIntercomm(0, null, 0));
  const own = comm.rank === 0 ? 'ERR_RANK' : 'ERR_COMM';
  refuses(own, () => comm.createIntercomm(0, comm, comm.size));
  refuses(own, () => comm.createIntercomm(0, comm, 0));
});

check('after free nothing goes', (comm) => {
  let freed: Intercommunicator | undefined;
  joined(comm, (inter) => (freed = inter));
  if (freed === undefined) return;
  const gone = freed;
  refuses('ERR_COMM', () => gone.send(0, 0));
  refuses('ERR_COMM', () => gone.barrier());
  refuses('ERR_COMM', () => gone.merge(true));
});

await run();
