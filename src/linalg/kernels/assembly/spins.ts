/**
 * Products with sums of Pauli strings: y[s] ← Σ_F a_F(s) x[s ^ F], in blocks of 16 rows, so that the low four sites are lanes.
 *
 * A group holds all strings of one flip mask F. Its amplitude depends on the high bits of s through the parities of s with
 * `masks` sign masks; they make an index into tables: what kind of amplitude, and its 16 lanes. Twelve words a group:
 *
 *     0 flip of the block   1 flip within the block   2 number of masks   3 address of the kinds (i32)
 *     4 address of the lanes (16 f64, complex: 16 re, 16 im)   5 … 10 masks of the block's number
 *
 * Kinds: 0 nothing, 1 all lanes alike, 2 lanes differ. A vector that more than one rank shares has its own blocks at x and those of
 * others at `ghosts`, in the order that `slots` (i32 by number of block) tells. `part`: 0 all blocks are own, 1 only what is own, 2 only ghosts.
 */
const WORDS: usize = 12;

// @ts-ignore: decorator of AssemblyScript
@inline
function tableIndex(group: usize, block: u32): u32 {
  const masks = load<u32>(group, 8);
  let index: u32 = 0;
  for (let m: u32 = 0; m < masks; m++)
    index |= (popcnt<u32>(block & load<u32>(group + (<usize>m << 2), 20)) & 1) << m;
  return index;
}

/** Where the source block of a job lies, 0 when it is not of this part. `shift`: bytes of a block as a power of two. */
// @ts-ignore: decorator of AssemblyScript
@inline
function source(
  x: usize,
  ghosts: usize,
  slots: usize,
  block: u32,
  first: u32,
  blocks: u32,
  part: i32,
  shift: usize,
): usize {
  const own = block - first;
  if (part == 0) return x + (<usize>own << shift);
  if (own < blocks) return part == 1 ? x + (<usize>own << shift) : 0;
  if (part == 1) return 0;
  return ghosts + (<usize>load<i32>(slots + (<usize>block << 2)) << shift);
}

/** The diagonal: out[s] ← Σ c (−1)^{|s & mask|}. Terms: high mask, low mask (u32), c (f64): 16 bytes each. */
export function spinDiagonal(out: usize, first: u32, blocks: u32, terms: usize, count: i32): void {
  for (let b: u32 = 0; b < blocks; b++) {
    const at = out + (<usize>b << 7);
    memory.fill(at, 0, 128);
    for (let t = 0; t < count; t++) {
      const term = terms + (<usize>t << 4);
      const c = load<f64>(term, 8);
      const high = popcnt<u32>((first + b) & load<u32>(term)) & 1;
      const low = load<u32>(term, 4);
      const value = high ? -c : c;
      if (low == 0) {
        const v = f64x2.splat(value);
        for (let l: usize = 0; l < 128; l += 16) v128.store(at + l, f64x2.add(v128.load(at + l), v));
      } else {
        for (let l: u32 = 0; l < 16; l++) {
          const lane = at + (<usize>l << 3);
          store<f64>(lane, load<f64>(lane) + (popcnt<u32>(l & low) & 1 ? -value : value));
        }
      }
    }
  }
}

/** y ← diagonal x (parts 0 and 1) + groups x. Real amplitudes, real vectors. */
export function spinReal(
  y: usize,
  x: usize,
  ghosts: usize,
  diagonal: usize,
  first: u32,
  blocks: u32,
  groups: usize,
  count: i32,
  slots: usize,
  part: i32,
): void {
  for (let b: u32 = 0; b < blocks; b++) {
    const block = first + b;
    const out = y + (<usize>b << 7);
    const from = part == 2 ? out : x + (<usize>b << 7);
    let s0 = v128.load(from);
    let s1 = v128.load(from, 16);
    let s2 = v128.load(from, 32);
    let s3 = v128.load(from, 48);
    let s4 = v128.load(from, 64);
    let s5 = v128.load(from, 80);
    let s6 = v128.load(from, 96);
    let s7 = v128.load(from, 112);
    if (part != 2) {
      const d = diagonal + (<usize>b << 7);
      s0 = f64x2.mul(s0, v128.load(d));
      s1 = f64x2.mul(s1, v128.load(d, 16));
      s2 = f64x2.mul(s2, v128.load(d, 32));
      s3 = f64x2.mul(s3, v128.load(d, 48));
      s4 = f64x2.mul(s4, v128.load(d, 64));
      s5 = f64x2.mul(s5, v128.load(d, 80));
      s6 = f64x2.mul(s6, v128.load(d, 96));
      s7 = f64x2.mul(s7, v128.load(d, 112));
    }
    for (let g = 0; g < count; g++) {
      const group = groups + <usize>g * (WORDS << 2);
      const index = tableIndex(group, block);
      const kind = load<i32>(load<usize>(group, 12) + (<usize>index << 2));
      if (kind == 0) continue;
      const v = source(x, ghosts, slots, block ^ load<u32>(group), first, blocks, part, 7);
      if (v == 0) continue;
      const low = load<u32>(group, 4);
      const table = load<usize>(group, 16) + (<usize>index << 7);
      const turn = <usize>(low >> 1) << 4;
      let v0 = v128.load(v + turn);
      let v1 = v128.load(v + (16 ^ turn));
      let v2 = v128.load(v + (32 ^ turn));
      let v3 = v128.load(v + (48 ^ turn));
      let v4 = v128.load(v + (64 ^ turn));
      let v5 = v128.load(v + (80 ^ turn));
      let v6 = v128.load(v + (96 ^ turn));
      let v7 = v128.load(v + (112 ^ turn));
      if (low & 1) {
        v0 = v128.shuffle<f64>(v0, v0, 1, 0);
        v1 = v128.shuffle<f64>(v1, v1, 1, 0);
        v2 = v128.shuffle<f64>(v2, v2, 1, 0);
        v3 = v128.shuffle<f64>(v3, v3, 1, 0);
        v4 = v128.shuffle<f64>(v4, v4, 1, 0);
        v5 = v128.shuffle<f64>(v5, v5, 1, 0);
        v6 = v128.shuffle<f64>(v6, v6, 1, 0);
        v7 = v128.shuffle<f64>(v7, v7, 1, 0);
      }
      if (kind == 1) {
        const a = v128.load64_splat(table);
        s0 = f64x2.add(s0, f64x2.mul(a, v0));
        s1 = f64x2.add(s1, f64x2.mul(a, v1));
        s2 = f64x2.add(s2, f64x2.mul(a, v2));
        s3 = f64x2.add(s3, f64x2.mul(a, v3));
        s4 = f64x2.add(s4, f64x2.mul(a, v4));
        s5 = f64x2.add(s5, f64x2.mul(a, v5));
        s6 = f64x2.add(s6, f64x2.mul(a, v6));
        s7 = f64x2.add(s7, f64x2.mul(a, v7));
      } else {
        s0 = f64x2.add(s0, f64x2.mul(v128.load(table), v0));
        s1 = f64x2.add(s1, f64x2.mul(v128.load(table, 16), v1));
        s2 = f64x2.add(s2, f64x2.mul(v128.load(table, 32), v2));
        s3 = f64x2.add(s3, f64x2.mul(v128.load(table, 48), v3));
        s4 = f64x2.add(s4, f64x2.mul(v128.load(table, 64), v4));
        s5 = f64x2.add(s5, f64x2.mul(v128.load(table, 80), v5));
        s6 = f64x2.add(s6, f64x2.mul(v128.load(table, 96), v6));
        s7 = f64x2.add(s7, f64x2.mul(v128.load(table, 112), v7));
      }
    }
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out, s2, 32);
    v128.store(out, s3, 48);
    v128.store(out, s4, 64);
    v128.store(out, s5, 80);
    v128.store(out, s6, 96);
    v128.store(out, s7, 112);
  }
}

/** As spinReal for complex vectors; amplitudes are complex (32 f64 an index) where `complex` is not 0, real otherwise. */
export function spinComplex(
  y: usize,
  x: usize,
  ghosts: usize,
  diagonal: usize,
  first: u32,
  blocks: u32,
  groups: usize,
  count: i32,
  slots: usize,
  part: i32,
  complex: i32,
): void {
  const lanes: usize = complex ? 8 : 7;
  const sign = f64x2.replace_lane(f64x2.splat(1), 0, -1);
  for (let b: u32 = 0; b < blocks; b++) {
    const block = first + b;
    const out = y + (<usize>b << 8);
    if (part != 2) {
      for (let l: usize = 0; l < 16; l++) {
        const d = v128.load64_splat(diagonal + (<usize>b << 7) + (l << 3));
        v128.store(out + (l << 4), f64x2.mul(d, v128.load(x + (<usize>b << 8) + (l << 4))));
      }
    }
    for (let g = 0; g < count; g++) {
      const group = groups + <usize>g * (WORDS << 2);
      const index = tableIndex(group, block);
      const kind = load<i32>(load<usize>(group, 12) + (<usize>index << 2));
      if (kind == 0) continue;
      const v = source(x, ghosts, slots, block ^ load<u32>(group), first, blocks, part, 8);
      if (v == 0) continue;
      const turn = <usize>load<u32>(group, 4) << 4;
      const table = load<usize>(group, 16) + (<usize>index << lanes);
      if (complex) {
        for (let l: usize = 0; l < 16; l++) {
          const e = v128.load(v + ((l << 4) ^ turn));
          const re = v128.load64_splat(table + (l << 3));
          const im = v128.load64_splat(table + (l << 3), 128);
          const turned = f64x2.mul(sign, v128.shuffle<f64>(e, e, 1, 0));
          const sum = f64x2.add(f64x2.mul(re, e), f64x2.mul(im, turned));
          v128.store(out + (l << 4), f64x2.add(v128.load(out + (l << 4)), sum));
        }
      } else if (kind == 1) {
        const a = v128.load64_splat(table);
        for (let l: usize = 0; l < 256; l += 16)
          v128.store(out + l, f64x2.add(v128.load(out + l), f64x2.mul(a, v128.load(v + (l ^ turn)))));
      } else {
        for (let l: usize = 0; l < 16; l++) {
          const a = v128.load64_splat(table + (l << 3));
          const e = v128.load(v + ((l << 4) ^ turn));
          v128.store(out + (l << 4), f64x2.add(v128.load(out + (l << 4)), f64x2.mul(a, e)));
        }
      }
    }
  }
}
