/** Intercommunicators (MPI 4.1 §7.6, §6.2.3). Case 26 is the specification's; values are closed forms. */
import assert from 'node:assert/strict';
import {
  ANY_SOURCE,
  createOp,
  MAX,
  PROC_NULL,
  ROOT,
  Status,
  SUM,
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
