/** Gives communicators to a C library by their Fortran handles; over threads and alone there are none. */
import assert from 'node:assert/strict';
import { self, world, type Communicator } from 'flotilla';

interface Library {
  total(handle: number, value: number): [rank: number, size: number, sum: number];
}

const comm = world();
const library = process.argv[2];
const duplicate = comm.dup();
// In the reverse order of the world: rank and members differ from it.
const part = comm.split(comm.rank % 2, -comm.rank)!;

if (library === undefined) {
  for (const each of [comm, self(), duplicate, part]) assert.equal(each.fortranHandle(), undefined);
} else {
  const module = { exports: {} as Library };
  process.dlopen(module, library);
  const check = (each: Communicator, members: number[]) => {
    const handle = each.fortranHandle();
    assert.ok(Number.isInteger(handle));
    assert.deepEqual(module.exports.total(handle!, 10 ** comm.rank), [
      members.indexOf(comm.rank),
      members.length,
      members.reduce((sum, rank) => sum + 10 ** rank, 0),
    ]);
  };
  const ranks = Array.from({ length: comm.size }, (_, rank) => rank);
  check(comm, ranks);
  check(self(), [comm.rank]);
  check(duplicate, ranks);
  check(part, ranks.filter((rank) => rank % 2 === comm.rank % 2).reverse());
  const handles = [comm, self(), duplicate, part].map((each) => each.fortranHandle());
  assert.equal(new Set(handles).size, 4);
}
duplicate.free();
assert.throws(() => duplicate.fortranHandle(), {
  name: 'MpiError',
  code: 'ERR_COMM',
  operation: 'fortranHandle',
});
comm.barrier();
if (comm.rank === 0) console.log('ok');
