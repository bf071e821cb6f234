/** MPI 4.1 §7.3 and §7.4: the cases of test/mpi/group and test/mpi/comm. */
import assert from 'node:assert/strict';
import {
  libraryVersion,
  PROC_NULL,
  self,
  Status,
  SUM,
  UNDEFINED,
  type Communicator,
  type Group,
} from 'flotilla';
import { conforms, everyKind, integers, upTo } from '../cases.ts';

const all = (comm: Communicator) => upTo(comm.size);
/** first, first + step, …, up to last, as MPI_Group_range_incl counts. */
const range = (first: number, last: number, step = 1) =>
  upTo(Math.max(0, Math.floor((last - first) / step) + 1)).map((i) => first + i * step);
const ident = (a: Group, b: Group) => assert.equal(a.compare(b), 'IDENT');

conforms('group/groupcreate', (comm) => {
  const group = comm.group();
  const made = upTo(2048).map(() => group.include(all(comm)));
  assert.ok(made.every(({ size, rank }) => size === comm.size && rank === comm.rank));
});

conforms('group/groupnullincl', (comm) =>
  everyKind(comm, (each) => {
    const empty = each.group().include([]);
    assert.deepEqual([empty.size, empty.rank], [0, UNDEFINED]);
    ident(empty, each.group().exclude(all(each)));
  }),
);

conforms(
  'group/grouptest',
  (comm) => {
    const { rank, size } = comm;
    const world = comm.group();
    // This rank before two others.
    const members = [rank, rank === 2 ? 3 : 2, rank === 7 ? 6 : 7];
    const three = world.include(members);
    assert.deepEqual([three.size, three.rank], [3, 0]);
    assert.deepEqual(three.translateRanks([0, 1, 2], world), members);
    assert.deepEqual(self().group().translateRanks([0], world), [rank]);
    assert.deepEqual(
      world.translateRanks(all(comm), self().group()),
      all(comm).map((r) => (r === rank ? 0 : UNDEFINED)),
    );
    assert.equal(world.exclude(all(comm)).size, 0);
    for (const odd of [range(1, size - 1, 2), range(1, size - 1, 2).reverse()]) {
      const [inside, outside] = [world.include(odd), world.exclude(odd)];
      assert.equal(world.exclude(all(comm)).compare(inside), 'UNEQUAL');
      ident(world.intersection(outside), outside);
      assert.equal(world.intersection(inside).compare(inside), odd[0] === 1 ? 'IDENT' : 'SIMILAR');
      assert.equal(inside.intersection(outside).size, 0);
      assert.equal(inside.union(outside).compare(world), 'SIMILAR');
      ident(world.difference(inside), outside);
    }
  },
  8,
);

conforms(
  'group/grouptest2',
  (comm) => {
    const { rank, size } = comm;
    const base = comm.group();
    assert.deepEqual([base.rank, base.size], [rank, size]);
    const reversed = comm.split(0, size - rank)!;
    const backwards = reversed.group();
    assert.deepEqual(backwards.translateRanks(all(comm), base), all(comm).reverse());
    assert.equal(base.compare(backwards), 'SIMILAR');
    const duplicate = comm.dup();
    ident(base, duplicate.group());
    const half = comm.split(rank < size / 2 ? 1 : 0, rank)!;
    assert.equal(base.compare(half.group()), 'UNEQUAL');
    for (const made of [reversed, duplicate, half]) made.free();
    // This rank with the next one, and with the one before.
    if (size > 2) {
      const pairs = [(rank + 1) % size, (rank + size - 1) % size].map((r) => base.include([rank, r]));
      assert.equal(pairs[0]!.compare(pairs[1]!), 'UNEQUAL');
    }
    const [first, rest] = [base.include([0]), base.exclude([0])];
    ident(first.union(rest), base);
    ident(base.union(rest), base);
    ident(base.exclude(range(1, size - 1)), first);
    ident(base.intersection(rest), rest);
    ident(base.difference(rest), first);
    ident(base.include(range(0, size - 1)), base);
    assert.equal(rest.difference(base).size, 0);
  },
  2,
);

conforms(
  'group/gtranks',
  (comm) => {
    const { rank, size } = comm;
    const world = comm.group();
    assert.deepEqual(
      world.translateRanks(all(comm), self().group()),
      all(comm).map((r) => (r === rank ? 0 : UNDEFINED)),
    );
    assert.deepEqual(world.translateRanks([PROC_NULL, 1, rank, PROC_NULL], self().group()), [
      PROC_NULL,
      rank === 1 ? 0 : UNDEFINED,
      0,
      PROC_NULL,
    ]);
    // Irregular members, against the world and against each other.
    const odd = [...range(1, size - 1, 2), 0];
    const irregular = world.include(odd);
    assert.deepEqual(irregular.translateRanks(upTo(odd.length), world), odd);
    const last = world.include(range(0, size - 1).reverse());
    assert.deepEqual(
      irregular.translateRanks(upTo(odd.length), last),
      odd.map((r) => size - 1 - r),
    );
    assert.deepEqual(
      last.translateRanks(all(comm), irregular),
      all(comm).map((i) => (odd.includes(size - 1 - i) ? odd.indexOf(size - 1 - i) : UNDEFINED)),
    );
  },
  4,
);

conforms(
  'comm/cmfree',
  (comm) => {
    // What is under way on a freed communicator comes to its end.
    const { rank, size } = comm;
    const n = 128;
    const other = comm.dup();
    const got = new Int32Array(n).fill(-1);
    const request =
      rank === size - 1
        ? other.Irecv(got, 0, 0)
        : rank === 0
          ? other.Issend(
              integers(n, (i) => i),
              size - 1,
              0,
            )
          : undefined;
    other.free();
    const others = upTo(10).map(() => comm.split(0, size - rank)!);
    request?.wait();
    if (rank === size - 1) got.forEach((x, i) => assert.equal(x, i));
    for (const made of others) made.free();
  },
  2,
);

conforms(
  'comm/cmsplit',
  (comm) => {
    const { rank, size } = comm;
    const duplicate = comm.dup();
    const part = duplicate.split(rank < 2 ? 1 : null, size - rank);
    assert.equal(part?.rank, rank < 2 ? 1 - rank : undefined);
    part?.free();
    duplicate.free();
  },
  4,
);

conforms('comm/cmsplit2', (comm) => {
  // Equal keys keep the order of the ranks, on the first n ranks for each n.
  for (const n of upTo(comm.size).map((i) => i + 1)) {
    const part = comm.split(comm.rank < n ? 0 : null);
    if (part === null) continue;
    for (const modulus of upTo(n).map((i) => i + 1)) {
      const sorted: Communicator = part.split(5, part.rank % modulus)!;
      const expected = upTo(n).sort((a, b) => (a % modulus) - (b % modulus) || a - b);
      assert.deepEqual(sorted.group().translateRanks(upTo(n), part.group()), expected);
      assert.equal(sorted.rank, expected.indexOf(part.rank));
      sorted.free();
    }
    part.free();
  }
});

conforms('comm/cmsplit_type', (comm) => {
  const { rank, size } = comm;
  const node = comm.splitShared();
  assert.ok(node.size <= size);
  const mine = node.allgather(rank);
  assert.deepEqual(
    mine,
    mine.slice().sort((a, b) => a - b),
  );
  const again = node.splitShared(-rank);
  assert.equal(again.rank, node.size - 1 - node.rank);
  again.free();
  node.free();
});

conforms('comm/comm_create_group', (comm) => {
  const evens = comm.group().exclude(range(1, comm.size - 1, 2));
  if (comm.rank % 2 === 0) {
    const part = comm.createGroup(evens);
    assert.deepEqual([part.size, part.rank], [evens.size, comm.rank / 2]);
    part.barrier();
    part.free();
  }
  comm.barrier();
});

conforms(
  'comm/comm_group_half',
  (comm) => {
    const { rank, size } = comm;
    const half = size >> 1;
    if (rank >= half) return;
    const part = comm.createGroup(comm.group().include(upTo(half)));
    assert.equal(part.allreduce(1, SUM), half);
    part.barrier();
    part.free();
  },
  2,
);

conforms('comm/comm_group_rand', (comm) => {
  // The same choice on every rank, by a small generator.
  let state = 1;
  const coin = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state % 2 === 1;
  };
  for (let loop = 0; loop < 30; loop++) {
    const ranks = all(comm).filter(coin);
    if (!ranks.includes(comm.rank)) continue;
    const part = comm.createGroup(comm.group().include(ranks));
    part.barrier();
    part.free();
  }
});

conforms('comm/commcreate1', (comm) => {
  const { rank, size } = comm;
  const duplicate = comm.dup();
  const world = duplicate.group();
  const odd = range(1, 2 * (size >> 1) - 1, 2).reverse();
  const members = [odd, range(size >> 2, size - 1), range(0, size - 1, 2), all(comm).reverse(), []];
  for (const ranks of members) {
    const group = world.include(ranks);
    const part = duplicate.create(group);
    assert.equal(part === null, !ranks.includes(rank));
    if (part === null) continue;
    ident(part.group(), group);
    assert.deepEqual(part.allgather(rank), ranks);
    part.free();
  }
  // Disjoint groups in one call.
  const mine = rank % 2 === 0 ? range(0, size - 1, 2) : range(1, size - 1, 2);
  const part = duplicate.create(world.include(mine))!;
  assert.deepEqual(part.allgather(rank), mine);
  part.free();
  duplicate.free();
});

conforms('comm/ctxalloc', (comm) => {
  // More in all than MPICH has contexts, never more than a batch at a time.
  const from = comm.dup();
  const [batches, each] = comm.size === 1 ? [30, 100] : [2, 30];
  for (const batch of upTo(batches)) {
    const made = upTo(each).map(() => from.dup());
    assert.equal(made[batch]!.size, comm.size);
    for (const one of made) one.free();
  }
  from.free();
});

conforms('comm/ctxsplit', (comm) => {
  for (const i of upTo(comm.size === 1 ? 2500 : 40)) {
    const part = comm.split((i + comm.rank) % 3 === 0 ? 1 : null);
    assert.equal(part === null, (i + comm.rank) % 3 !== 0);
    part?.free();
  }
});

conforms('comm/dup', (comm) => {
  const { rank, size } = comm;
  const duplicate = comm.dup();
  assert.deepEqual([duplicate.rank, duplicate.size], [rank, size]);
  assert.equal(duplicate.compare(comm), 'CONGRUENT');
  if (rank === 0 || rank === size - 1) {
    const peer = size - 1 - rank;
    const [got, status] = [Int32Array.of(-1), new Status()];
    duplicate.Sendrecv(Int32Array.of(rank), peer, 0, got, peer, 0, status);
    assert.deepEqual([got[0], status.source], [peer, peer]);
  }
  duplicate.free();
});

/** MPI_COMM_WORLD and MPI_COMM_SELF as the mpif.h of each library has them. */
const FORTRAN = { 'Open MPI': [0, 1], MPICH: [0x44000000, 0x44000001] } as const;

conforms('f77/ext/c2f2cf', (comm) => {
  // The handles of communicators are those that Fortran has; there are none where no MPI library carries the messages.
  const family = (['Open MPI', 'MPICH'] as const).find((name) => libraryVersion().includes(name));
  const made = comm.dup();
  const handles = [comm, self(), made].map((each) => each.fortranHandle());
  if (family === undefined) {
    assert.deepEqual(handles, [undefined, undefined, undefined]);
  } else {
    assert.deepEqual(handles.slice(0, 2), FORTRAN[family]);
    assert.ok(Number.isInteger(handles[2]));
    assert.equal(new Set(handles).size, 3);
  }
  made.free();
  assert.throws(() => made.fortranHandle(), { code: 'ERR_COMM' });
});
