/** Groups and communicators made of them (MPI 4.1 §7). Case numbers are those of the specification; values are closed forms. */
import assert from 'node:assert/strict';
import {
  createAttributeKey,
  PROC_NULL,
  self,
  SUM,
  UNDEFINED,
  world,
  type AttributeKey,
  type Communicator,
} from 'flotilla';
import { check, checkWorld, refuses, run } from '../harness/cases.ts';

const ranks = (comm: Communicator) => [...Array(comm.size).keys()];
const even = (comm: Communicator) => ranks(comm).filter((rank) => rank % 2 === 0);
const odd = (comm: Communicator) => ranks(comm).filter((rank) => rank % 2 === 1);

check('a communicator has a group', (comm) => {
  const group = comm.group();
  assert.equal(group.size, comm.size);
  assert.equal(group.rank, comm.rank);
  assert.deepEqual(group.ranks, comm.size === world().size ? ranks(comm) : [world().rank]);
  assert.equal(group.compare(comm.group()), 'IDENT');
});

check('include, exclude, and the algebra of sets', (comm) => {
  const all = comm.group();
  const evens = all.include(even(comm));
  const odds = all.exclude(even(comm));
  assert.deepEqual(evens.size + odds.size, comm.size);
  assert.equal(evens.rank, comm.rank % 2 === 0 ? comm.rank / 2 : UNDEFINED);
  assert.deepEqual(
    all.translateRanks(ranks(comm), odds),
    ranks(comm).map((r) => (r % 2 ? (r - 1) / 2 : UNDEFINED)),
  );
  assert.deepEqual(all.translateRanks([PROC_NULL, 0], all), [PROC_NULL, 0]);
  // MPI 4.1 §7.3.2: the members of the first in their order, then those of the second that are not in the first.
  assert.deepEqual(all.translateRanks([...even(comm), ...odd(comm)], evens.union(odds)), ranks(comm));
  assert.equal(evens.union(odds).compare(all), comm.size <= 2 ? 'IDENT' : 'SIMILAR');
  assert.equal(evens.intersection(odds).size, 0);
  assert.equal(all.difference(odds).compare(evens), 'IDENT');
  assert.equal(all.difference(all).size, 0);
  assert.equal(all.difference(all).rank, UNDEFINED);
  const reversed = all.include(ranks(comm).reverse());
  assert.equal(reversed.rank, comm.size - 1 - comm.rank);
  assert.equal(reversed.compare(all), comm.size === 1 ? 'IDENT' : 'SIMILAR');
  assert.equal(reversed.intersection(evens).compare(evens), evens.size === 1 ? 'IDENT' : 'SIMILAR');
  if (comm.size > 1) assert.equal(evens.compare(all), 'UNEQUAL');
});

check('ranks that a group does not have', (comm) => {
  const group = comm.group();
  refuses('ERR_RANK', () => group.include([comm.size]), /no rank/);
  refuses('ERR_RANK', () => group.include([-1]));
  refuses('ERR_RANK', () => group.include([0, 0]), /twice/);
  refuses('ERR_RANK', () => group.exclude([comm.size]));
  refuses('ERR_RANK', () => group.translateRanks([1.5], group));
});

check('create from a group', (comm) => {
  const { rank, size } = comm;
  const reversed = comm.create(comm.group().include(ranks(comm).reverse()));
  assert.ok(reversed);
  assert.equal(reversed.rank, size - 1 - rank);
  assert.deepEqual(reversed.allgather(rank), ranks(comm).reverse());
  assert.equal(reversed.compare(comm), size === 1 ? 'CONGRUENT' : 'SIMILAR');
  reversed.free();
  const evens = comm.create(comm.group().include(even(comm)));
  assert.equal(evens === null, rank % 2 === 1);
  if (evens) {
    assert.equal(
      evens.allreduce(rank, SUM),
      even(comm).reduce((sum, r) => sum + r),
    );
    assert.equal(evens.compare(comm), size === 1 ? 'CONGRUENT' : 'UNEQUAL');
    evens.free();
  }
  // §7.4.2: disjoint groups in one call.
  const half = comm.create(comm.group().include(rank % 2 ? odd(comm) : even(comm)));
  assert.ok(half);
  assert.deepEqual(half.allgather(rank), rank % 2 ? odd(comm) : even(comm));
  half.free();
  assert.equal(comm.create(comm.group().difference(comm.group())), null);
});

check('createGroup is called by its members alone', (comm) => {
  const { rank, size } = comm;
  if (rank === size - 1 && size > 1) return; // has no part in it
  const most = comm.group().include(
    ranks(comm)
      .slice(0, Math.max(1, size - 1))
      .reverse(),
  );
  const first = comm.createGroup(most);
  const second = comm.createGroup(most, 7);
  assert.equal(first.compare(second), 'CONGRUENT');
  assert.equal(first.rank, most.rank);
  assert.deepEqual(
    second.allgather(rank),
    most.translateRanks(
      most.ranks.map((_, r) => r),
      comm.group(),
    ),
  );
  first.free();
  second.free();
});

check('21: dup is CONGRUENT, self is IDENT', (comm) => {
  const duplicate = comm.dup();
  assert.equal(comm.compare(duplicate), 'CONGRUENT');
  assert.equal(comm.compare(comm), 'IDENT');
  assert.equal(self().compare(self()), 'IDENT');
  assert.equal(comm.compare(self()), comm === self() ? 'IDENT' : comm.size === 1 ? 'CONGRUENT' : 'UNEQUAL');
  duplicate.free();
  refuses('ERR_COMM', () => comm.compare(duplicate));
  refuses('ERR_COMM', () => duplicate.group());
});

check('21: split: ranks < 2 color 1, key P−r', (comm) => {
  const { rank, size } = comm;
  const part = comm.split(rank < 2 ? 1 : null, size - rank);
  assert.equal(part === null, rank >= 2);
  if (!part) return;
  assert.equal(part.size, Math.min(size, 2));
  assert.equal(part.rank, size === 1 ? 0 : 1 - rank);
  assert.deepEqual(part.group().translateRanks([0], comm.group()), [part.size - 1]);
  part.free();
});

check('splitShared: everyone here is on one node', (comm) => {
  const node = comm.splitShared();
  assert.equal(node.compare(comm), 'CONGRUENT');
  node.free();
  const reversed = comm.splitShared(-comm.rank);
  assert.equal(reversed.rank, comm.size - 1 - comm.rank);
  reversed.free();
  refuses('ERR_ARG', () => comm.splitShared(0.5));
});

checkWorld('a group with others than the communicator has', (comm) => {
  const { rank, size } = comm;
  if (size === 1) return;
  const part = comm.split(rank === 0 ? 0 : 1)!;
  refuses('ERR_GROUP', () => part.create(comm.group()), /not in the communicator/);
  refuses('ERR_GROUP', () => comm.createGroup(comm.group().exclude([rank])), /not in the group/);
  part.free();
});

check('attributes', (comm) => {
  const freed: string[] = [];
  const plain = createAttributeKey<number>();
  const shared = createAttributeKey<string>({
    onDup: (value) => `${value}+`,
    onFree: (value) => freed.push(value),
  });
  assert.equal(comm.getAttribute(plain), undefined);
  assert.equal(comm.deleteAttribute(plain), false);
  comm.setAttribute(plain, 7);
  comm.setAttribute(shared, 'a');
  const duplicate = comm.dup();
  assert.equal(duplicate.getAttribute(plain), undefined);
  assert.equal(duplicate.getAttribute(shared), 'a+');
  assert.equal(comm.getAttribute(shared), 'a');
  duplicate.free();
  comm.setAttribute(shared, 'b');
  assert.ok(comm.deleteAttribute(plain));
  assert.ok(comm.deleteAttribute(shared));
  assert.deepEqual(freed, ['a+', 'a', 'b']);
});

check('an attribute whose rule throws stays; its communicator can be asked while it is freed', (comm) => {
  const duplicate = comm.dup();
  let refuses = true;
  let seen: number | undefined;
  const key: AttributeKey<number> = createAttributeKey<number>({
    onFree: () => {
      if (refuses) throw new Error('not yet');
      seen = duplicate.getAttribute(key);
    },
  });
  duplicate.setAttribute(key, 1);
  assert.throws(() => duplicate.setAttribute(key, 2), /not yet/);
  assert.throws(() => duplicate.deleteAttribute(key), /not yet/);
  assert.equal(duplicate.getAttribute(key), 1);
  refuses = false;
  duplicate.free();
  assert.equal(seen, 1);
});

await run();
