/** MPI 4.1 §7.7: the cases of test/mpi/attr. */
import assert from 'node:assert/strict';
import { createAttributeKey, type AttributeKey, type Communicator } from 'flotilla';
import { conforms, upTo } from '../cases.ts';

conforms('attr/attrt', (comm) => {
  // Copied to a duplicate where there is a rule for it, let go with each communicator.
  const freed: number[] = [];
  const copied = createAttributeKey<number>({
    onDup: (value) => value,
    onFree: (value) => freed.push(value),
  });
  const kept = createAttributeKey<number>();
  const original = comm.dup();
  original.setAttribute(copied, comm.rank);
  original.setAttribute(kept, 0);
  const duplicate = original.dup();
  assert.equal(duplicate.getAttribute(copied), comm.rank);
  assert.equal(duplicate.getAttribute(kept), undefined);
  const part = duplicate.split(comm.rank % 2, comm.size - comm.rank)!;
  assert.equal(part.rank, part.size - 1 - (comm.rank >> 1));
  assert.equal(part.getAttribute(copied), undefined);
  for (const each of [part, duplicate, original]) each.free();
  assert.deepEqual(freed, [comm.rank, comm.rank]);
});

for (const name of ['attr/attrorder', 'attr/attrordercomm']) {
  conforms(name, (world) => {
    // Set in one order, deleted in another.
    const comm = name === 'attr/attrorder' ? world : world.dup();
    const keys = upTo(3).map(() => createAttributeKey<number>());
    const values = (of: Communicator) => keys.map((key) => of.getAttribute(key));
    for (const [set, removed] of [
      [
        [2, 1, 0],
        [0, 1, 2],
      ],
      [
        [1, 2, 0],
        [2, 1, 0],
      ],
      [
        [0, 1, 2],
        [1, 2, 0],
      ],
    ] as const) {
      for (const i of set) comm.setAttribute(keys[i]!, 1024 * i);
      assert.deepEqual(values(comm), [0, 1024, 2048]);
      for (const i of removed) assert.equal(comm.deleteAttribute(keys[i]!), true);
      assert.deepEqual(values(comm), [undefined, undefined, undefined]);
    }
    if (comm !== world) comm.free();
  });
}

conforms('attr/attrdeleteget', (comm) => {
  // The communicator can still be asked while its attributes are let go.
  const part = comm.split(1)!;
  let seen: string | undefined;
  const key: AttributeKey<string> = createAttributeKey<string>({
    onFree: () => {
      seen = part.getAttribute(key);
    },
  });
  part.setAttribute(key, 'here');
  part.free();
  assert.equal(seen, 'here');
});

for (const name of ['attr/attrerr', 'attr/attrerrcomm']) {
  conforms(name, (comm) => {
    // A rule that throws: what it was to let go stays, and there is no duplicate.
    let refuses = true;
    const key = createAttributeKey<number>({
      onDup: () => {
        throw new Error('no copy');
      },
      onFree: () => {
        if (refuses) throw new Error('not yet');
      },
    });
    const duplicate = comm.dup();
    duplicate.setAttribute(key, comm.rank);
    assert.throws(() => duplicate.setAttribute(key, 2 * comm.rank + 1), /not yet/);
    assert.equal(duplicate.getAttribute(key), comm.rank);
    assert.throws(() => duplicate.deleteAttribute(key), /not yet/);
    assert.equal(duplicate.getAttribute(key), comm.rank);
    assert.throws(() => duplicate.dup(), /no copy/);
    refuses = false;
    duplicate.free();
  });
}

conforms('attr/attrend2', (comm) => {
  // Let go in the reverse order of their setting. With a duplicate: that of a program's end belongs to MPI_Finalize.
  const order: number[] = [];
  const keys = upTo(20).map(() => createAttributeKey<number>({ onFree: (value) => order.push(value) }));
  const duplicate = comm.dup();
  keys.forEach((key, i) => duplicate.setAttribute(key, i));
  duplicate.free();
  assert.deepEqual(order, upTo(20).reverse());
});
