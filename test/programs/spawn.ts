/** Spawned ranks (MPI 4.1 §11.8). Case 28 is the specification's. */
import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { libraryVersion, parent, PROC_NULL, ROOT, SUM, type Communicator, type SpawnOptions } from 'flotilla';
import { checkWorld, refuses, run } from '../harness/cases.ts';

const CHILD = new URL('../spawned/child.ts', import.meta.url);
const upTo = (n: number) => [...Array(n).keys()];
const roleOf = (comm: Communicator, root: number) => (comm.rank === root ? ROOT : PROC_NULL);

interface Told {
  readonly args: string[];
  readonly rank: number;
  readonly size: number;
  readonly parents: number;
  readonly cwd: string;
}

const version = /MPICH Version:\s*(\d+)\.(\d+)/.exec(libraryVersion());
const spawns = version === null || Number(version[1]) > 4 || Number(version[2]) >= 2;

/** A case where MPI can start processes: MPICH does not over UCX before 4.2, whose refusal is a case of its own. */
const checkSpawn = spawns ? checkWorld : () => undefined;

if (!spawns) {
  checkWorld('an MPI that cannot start processes says so on every rank', (comm) => {
    refuses('ERR_SPAWN', () => comm.spawn(CHILD, ['tell'], 2), /MPICH before 4\.2 cannot start processes/);
    assert.equal(comm.allreduce(1, SUM), comm.size);
  });
}

checkSpawn('28: remote size as asked; the arguments arrive intact', (comm) => {
  assert.equal(parent(), null);
  const args = ['a', 'b=c', 'd e', ' Ss', '', '--label', '"q"', "'", '\\', 'ä→\n', '$HOME', '*'];
  const root = comm.size - 1;
  // Script, arguments and count are significant at the root only.
  const inter =
    comm.rank === root ? comm.spawn(CHILD, ['tell', ...args], 2, root) : comm.spawn('', [], -1, root);
  assert.equal(inter.remoteSize, 2);
  assert.equal(inter.size, comm.size);
  assert.equal(inter.rank, comm.rank);
  if (inter.rank === 0) {
    for (const rank of upTo(2)) {
      const expected = { args, rank, size: 2, parents: comm.size, cwd: process.cwd() };
      assert.deepEqual(inter.recv<Told>(rank), expected);
    }
  }
  assert.equal(inter.remoteGroup().compare(comm.group()), 'UNEQUAL');
  assert.equal(inter.remoteGroup().size, 2);
  inter.disconnect();
});

checkSpawn('parents and children in one communicator', (comm) => {
  const inter = comm.spawn(CHILD, ['merge'], 2);
  const all = inter.merge(false);
  const { size } = all;
  assert.equal(size, comm.size + 2);
  assert.equal(all.rank, comm.rank);
  assert.equal(all.allreduce(all.rank, SUM), (size * (size - 1)) / 2);
  const before = all.sendrecv<number>(all.rank, (all.rank + 1) % size, 0, undefined, 0);
  assert.equal(before, (all.rank - 1 + size) % size);
  const everyone = all.gather([before, comm.rank]);
  if (everyone)
    assert.deepEqual(
      everyone,
      upTo(size).map((r) => [(r - 1 + size) % size, r < comm.size ? r : r - comm.size]),
    );
  assert.deepEqual(all.group().include(upTo(comm.size)).compare(comm.group()), 'IDENT');
  all.disconnect();
  inter.disconnect();
});

checkSpawn('collectives with children', (comm) => {
  const inter = comm.spawn(CHILD, ['collect'], 2);
  const role = roleOf(comm, 0);
  inter.bcast({ any: 'thing' }, role);
  assert.deepEqual(inter.gather<number>(undefined, role), comm.rank === 0 ? [0, 1] : undefined);
  assert.equal(inter.bcast<string>(undefined, 1), 'last');
  const sum = new Float64Array(1);
  inter.Allreduce(Float64Array.of(1), sum, SUM);
  assert.equal(sum[0], 1);
  inter.disconnect();
});

checkSpawn('long messages', (comm) => {
  const inter = comm.spawn(CHILD, ['large'], 1);
  if (comm.rank === 0) {
    const array = Float64Array.from(upTo(200_000));
    inter.Send(array, 0);
    assert.deepEqual(
      inter.recv(0),
      array.map((x) => 2 * x),
    );
  }
  inter.disconnect();
});

checkSpawn('children spawn too', (comm) => {
  const inter = comm.spawn(CHILD, ['grand'], 1);
  if (comm.rank === 0) {
    const { args, parents } = inter.recv<Told>(0);
    assert.deepEqual([args, parents], [['grandchild'], 1]);
  }
  inter.disconnect();
});

checkSpawn('the environment of the root, but for what is said; a working folder', (comm) => {
  const threads = libraryVersion().startsWith('Flotilla');
  const root = comm.size - 1;
  // Longer than a word of a command line may be.
  const long = 'x'.repeat(50_000);
  process.env.OF_PARENT = `rank ${comm.rank}`;
  process.env.OF_ROOT_CHANGED = 'before';
  process.env.OF_ROOT_TAKEN = 'before';
  const env = { OF_ROOT_CHANGED: 'b=c "d"\nä→', OF_ROOT_TAKEN: undefined, OF_CHILD: long, EMPTY: '' };
  const names = ['OF_PARENT', 'OF_ROOT_CHANGED', 'OF_ROOT_TAKEN', 'OF_CHILD', 'EMPTY', 'PATH'];
  const folder = realpathSync(threads ? '.' : tmpdir());
  const options = comm.rank === root ? { env, cwd: folder, hosts: [hostname()] } : {};
  const inter = comm.spawn(CHILD, ['environment', ...names], 2, root, options);
  if (comm.rank === 0) {
    const values = [`rank ${root}`, env.OF_ROOT_CHANGED, undefined, long, '', process.env.PATH];
    for (const rank of upTo(2)) assert.deepEqual(inter.recv(rank), { values, cwd: folder });
  }
  inter.disconnect();
  assert.equal(process.env.OF_ROOT_CHANGED, 'before');
  if (!threads) return;
  const elsewhere = { cwd: new URL('../', CHILD) };
  refuses('ERR_SPAWN', () => comm.spawn(CHILD, [], 1, 0, elsewhere), /share the working folder/);
  refuses('ERR_SPAWN', () => comm.spawn(CHILD, [], 1, 0, { hosts: ['elsewhere'] }), /not on elsewhere/);
});

checkWorld('what cannot be started, every rank learns', (comm) => {
  refuses('ERR_SPAWN', () => comm.spawn('no/such/script.ts'), /there is no script .*no\/such\/script\.ts/);
  refuses('ERR_SPAWN', () => comm.spawn(CHILD, [], 0), /0 is no number of ranks/);
  const bad = (options: SpawnOptions) => () => comm.spawn(CHILD, [], 1, 0, options);
  refuses('ERR_SPAWN', bad({ cwd: '/no/such/folder' }), /no folder/);
  refuses('ERR_SPAWN', bad({ env: { 'A=B': '1' } }), /no name of a variable/);
  refuses('ERR_SPAWN', bad({ env: { A: 1 as unknown as string } }), /A must be a string/);
  refuses('ERR_SPAWN', bad({ hosts: [] }), /no host/);
  refuses('ERR_SPAWN', bad({ hosts: ['a,b'] }), /a,b is no host/);
  refuses('ERR_ROOT', () => comm.spawn(CHILD, [], 1, comm.size));
});

await run();
