/**
 * Products with sums of Pauli strings: y[s] ← Σ_F a_F(s) x[s ^ F], in blocks of 16 rows, so that the low four sites are lanes.
 *
 * A group holds all strings of one flip mask F. Its amplitude depends on the high bits of s through the parities of s with
 * `masks` sign masks; they make an index into tables: what kind of amplitude, and its 16 lanes. Twelve words a group:
 *
 *     0 flip of the block   1 flip within the block   2 number of masks   3 address of the kinds (i32)
 *     4 address of the lanes (16 f64, complex: 16 re, 16 im)   5 … 10 masks of the block's number
 *
 * Kinds: 0 nothing, 1 all lanes alike, 2 lanes differ, from 3 on what spinReal has its own code for (other kernels: as 2).
 *
 * A plan, eight words and then the groups: how many groups there are of each of four sorts, in their order, and the mask of the
 * run: 2^k − 1 where own blocks are whole runs of 2^k. Plain groups turn no lanes, and all their amplitudes are of kinds 0 and 1;
 * the others are mixed. Masks of outer groups leave out the lowest k bits, so that all blocks of a run have the same jobs of them.
 *
 *     0 plain outer   1 plain inner   2 mixed outer   3 mixed inner   4 mask of the run
 *     6 … 7 the amplitude of all plain groups (f64) if they have one and it is real, else 0
 *
 * A job is a group that has an amplitude for a block: flip of the block, address of its lanes, kind, flip within the block.
 *
 * A vector that more than one rank shares has its own blocks at x and those of others at `ghosts`, in the order that `slots` (i32 by
 * number of block) tells. `part`: 0 all blocks are own, 1 only what is own, 2 only ghosts.
 */
export const GROUP: usize = 48;
export const JOB: usize = 16;
export const PLAN: usize = 32;

/**
 * Writes the jobs of a block, and gives the end of the list, which needs room for one more. Nothing branches on what is active:
 * that is half of a chain's bonds, any half.
 */
// @ts-ignore: decorator of AssemblyScript
@inline
export function addJobs(
  list: usize,
  group: usize,
  count: u32,
  block: u32,
  first: u32,
  blocks: u32,
  part: u32,
  lanes: usize,
): usize {
  const end = group + <usize>count * GROUP;
  const foreign: u32 = part == 2 ? 1 : 0;
  const shared: u32 = part == 0 ? 0 : 1;
  for (; group < end; group += GROUP) {
    const masks = load<u32>(group, 8);
    let index: u32 = 0;
    if (masks > 0) {
      index = popcnt<u32>(block & load<u32>(group, 20)) & 1;
      for (let m: u32 = 1; m < masks; m++)
        index |= (popcnt<u32>(block & load<u32>(group + (<usize>m << 2), 20)) & 1) << m;
    }
    const flip = load<u32>(group);
    const kind = load<u32>(load<usize>(group, 12) + (<usize>index << 2));
    const other = <u32>((block ^ flip) - first >= blocks);
    store<u32>(list, flip);
    store<usize>(list, load<usize>(group, 16) + (<usize>index << lanes), 4);
    store<u32>(list, kind, 8);
    store<u32>(list, load<u32>(group, 4), 12);
    list += <usize>(<u32>(kind != 0) & ~(shared & (other ^ foreign))) << 4;
  }
  return list;
}

/** Where block `other` lies: blocks take 2^shift bytes. */
// @ts-ignore: decorator of AssemblyScript
@inline
export function place(base: usize, ghosts: usize, slots: usize, other: u32, part: u32, shift: u32): usize {
  if (part == 2) return ghosts + (<usize>load<u32>(slots + (<usize>other << 2)) << shift);
  return base + (<usize>other << shift);
}
