/** Blocks of 715,827,916 bytes a rank among three ranks, 2^31 + 100 together; the case is the first argument. */
import assert from 'node:assert/strict';
import { world } from 'flotilla';

const BLOCK = 715_827_916;
const STRIDE = 2 ** 20 + 7;
const comm = world();
const { rank, size } = comm;
const value = (i: number, r: number) => (i * 7 + 31 * r) % 251;
const places = (function* () {
  for (let i = 0; i < BLOCK; i += STRIDE) yield i;
  yield BLOCK - 1;
})();
const PLACES = [...places];

function fill(block: Uint8Array, r: number): void {
  for (const i of PLACES) block[i] = value(i, r);
}
function check(block: Uint8Array, r: number): void {
  for (const i of PLACES) assert.equal(block[i], value(i, r), `element ${i} of block ${r}`);
}
const blockOf = (array: Uint8Array, r: number) => array.subarray(r * BLOCK, (r + 1) * BLOCK);

/** The root is not rank 0 in one of them: the library then takes another way. */
const cases: Readonly<Record<string, () => void>> = {
  scatter3: () => scatter(1, (send, recv, root) => comm.Scatter(send, recv, root)),
  iscatter3: () => scatter(0, (send, recv, root) => comm.Iscatter(send, recv, root).wait()),
  gather3() {
    const own = new Uint8Array(BLOCK);
    fill(own, rank);
    const all = rank === 0 ? new Uint8Array(size * BLOCK) : null;
    comm.Gather(own, all, 0);
    if (all) for (let r = 0; r < size; r++) check(blockOf(all, r), r);
  },
};

function scatter(
  root: number,
  call: (send: Uint8Array | null, recv: Uint8Array, root: number) => void,
): void {
  const all = rank === root ? new Uint8Array(size * BLOCK) : null;
  if (all) for (let r = 0; r < size; r++) fill(blockOf(all, r), r);
  const own = new Uint8Array(BLOCK);
  call(all, own, root);
  check(own, rank);
}

cases[process.argv[2]!]!();
console.log('ok');
