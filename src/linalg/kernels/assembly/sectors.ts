/**
 * Products with spin operators within a sector, whose rows come in blocks: states that agree in their upper sites, and run through
 * all states of the lower ones that have the right number of bits. Blocks of one size have the same lower states in the same order.
 *
 * A block, five words: its offset in y (bytes), its rows, the address of its jobs, how many of them are aligned (each entry comes from
 * the one at its own place, all with one amplitude), and how many follow that are not. A job, four words: where its source block begins
 * (bytes beyond `base`), the address of its transfer, and the amplitude (f64) if that is one real number. A transfer, four words: pairs,
 * their address, the address of the amplitudes (0 for one real number), bytes from one to the next. A pair is a word: target in the
 * lower half, source in the upper one, both entries within their blocks.
 */
import { axpyComplex } from './vectors';

// @ts-ignore: decorator of AssemblyScript
@inline
function target(pair: u32, shift: u32): usize {
  return (<usize>(pair & 0xffff)) << shift;
}

// @ts-ignore: decorator of AssemblyScript
@inline
function source(pair: u32, shift: u32): usize {
  return (<usize>(pair >> 16)) << shift;
}

/** y ← diagonal x, unless `diagonal` is 0, + jobs. Real vectors. */
export function sectorReal(
  y: usize,
  x: usize,
  base: usize,
  diagonal: usize,
  blocks: usize,
  count: i32,
): void {
  for (let b = 0; b < count; b++) {
    const block = blocks + <usize>b * 20;
    const offset = load<usize>(block);
    const bytes = load<usize>(block, 4) << 3;
    const out = y + offset;
    const from = x + offset;
    const d = diagonal + offset;
    const jobs = load<usize>(block, 8);
    const between = jobs + (load<usize>(block, 12) << 4);
    const end = between + (load<usize>(block, 16) << 4);
    // What is aligned, 8 rows at a time in registers.
    let i: usize = 0;
    for (; i + 64 <= bytes; i += 64) {
      let s0 = v128.load(diagonal ? from + i : out + i);
      let s1 = v128.load(diagonal ? from + i : out + i, 16);
      let s2 = v128.load(diagonal ? from + i : out + i, 32);
      let s3 = v128.load(diagonal ? from + i : out + i, 48);
      if (diagonal) {
        s0 = f64x2.mul(s0, v128.load(d + i));
        s1 = f64x2.mul(s1, v128.load(d + i, 16));
        s2 = f64x2.mul(s2, v128.load(d + i, 32));
        s3 = f64x2.mul(s3, v128.load(d + i, 48));
      }
      for (let job = jobs; job < between; job += 16) {
        const other = base + load<usize>(job) + i;
        const a = v128.load64_splat(job, 8);
        s0 = f64x2.add(s0, f64x2.mul(a, v128.load(other)));
        s1 = f64x2.add(s1, f64x2.mul(a, v128.load(other, 16)));
        s2 = f64x2.add(s2, f64x2.mul(a, v128.load(other, 32)));
        s3 = f64x2.add(s3, f64x2.mul(a, v128.load(other, 48)));
      }
      v128.store(out + i, s0);
      v128.store(out + i, s1, 16);
      v128.store(out + i, s2, 32);
      v128.store(out + i, s3, 48);
    }
    for (; i < bytes; i += 8) {
      let sum = diagonal ? load<f64>(d + i) * load<f64>(from + i) : load<f64>(out + i);
      for (let job = jobs; job < between; job += 16)
        sum += load<f64>(job, 8) * load<f64>(base + load<usize>(job) + i);
      store<f64>(out + i, sum);
    }
    for (let job = between; job < end; job += 16) {
      const others = base + load<usize>(job);
      const transfer = load<usize>(job, 4);
      let pair = load<usize>(transfer, 4);
      const last = pair + (load<usize>(transfer) << 2);
      let a = load<usize>(transfer, 8);
      if (a == 0) {
        const f = load<f64>(job, 8);
        for (; pair < last; pair += 4) {
          const p = load<u32>(pair);
          const at = out + target(p, 3);
          store<f64>(at, load<f64>(at) + f * load<f64>(others + source(p, 3)));
        }
      } else {
        for (; pair < last; pair += 4) {
          const p = load<u32>(pair);
          const at = out + target(p, 3);
          store<f64>(at, load<f64>(at) + load<f64>(a) * load<f64>(others + source(p, 3)));
          a += 8;
        }
      }
    }
  }
}

/** Aligned jobs with real amplitudes, 8 numbers at a time in registers; rows are two each. */
function addAligned(out: usize, bytes: usize, base: usize, jobs: usize, end: usize): void {
  let i: usize = 0;
  for (; i + 64 <= bytes; i += 64) {
    let s0 = v128.load(out + i);
    let s1 = v128.load(out + i, 16);
    let s2 = v128.load(out + i, 32);
    let s3 = v128.load(out + i, 48);
    for (let job = jobs; job < end; job += 16) {
      const other = base + load<usize>(job) + i;
      const a = v128.load64_splat(job, 8);
      s0 = f64x2.add(s0, f64x2.mul(a, v128.load(other)));
      s1 = f64x2.add(s1, f64x2.mul(a, v128.load(other, 16)));
      s2 = f64x2.add(s2, f64x2.mul(a, v128.load(other, 32)));
      s3 = f64x2.add(s3, f64x2.mul(a, v128.load(other, 48)));
    }
    v128.store(out + i, s0);
    v128.store(out + i, s1, 16);
    v128.store(out + i, s2, 32);
    v128.store(out + i, s3, 48);
  }
  for (; i < bytes; i += 16) {
    let s = v128.load(out + i);
    for (let job = jobs; job < end; job += 16)
      s = f64x2.add(s, f64x2.mul(v128.load64_splat(job, 8), v128.load(base + load<usize>(job) + i)));
    v128.store(out + i, s);
  }
}

/** As sectorReal for complex vectors; amplitudes are complex (re, im) where `complex` is not 0, real otherwise. */
export function sectorComplex(
  y: usize,
  x: usize,
  base: usize,
  diagonal: usize,
  blocks: usize,
  count: i32,
  complex: i32,
): void {
  const sign = f64x2.replace_lane(f64x2.splat(1), 0, -1);
  for (let b = 0; b < count; b++) {
    const block = blocks + <usize>b * 20;
    const offset = load<usize>(block);
    const rows = load<usize>(block, 4);
    const out = y + offset;
    const from = x + offset;
    const d = diagonal + (offset >> 1);
    const jobs = load<usize>(block, 8);
    const between = jobs + (load<usize>(block, 12) << 4);
    const end = between + (load<usize>(block, 16) << 4);
    if (diagonal) {
      for (let i: usize = 0; i < rows; i++)
        v128.store(out + (i << 4), f64x2.mul(v128.load64_splat(d + (i << 3)), v128.load(from + (i << 4))));
    }
    if (complex) {
      for (let job = jobs; job < between; job += 16) {
        const a = load<usize>(load<usize>(job, 4), 8);
        axpyComplex(out, load<f64>(a), load<f64>(a, 8), base + load<usize>(job), <i32>rows);
      }
    } else addAligned(out, rows << 4, base, jobs, between);
    for (let job = between; job < end; job += 16) {
      const others = base + load<usize>(job);
      const transfer = load<usize>(job, 4);
      let pair = load<usize>(transfer, 4);
      const last = pair + (load<usize>(transfer) << 2);
      let a = load<usize>(transfer, 8);
      const step = load<usize>(transfer, 12);
      if (complex) {
        for (; pair < last; pair += 4) {
          const p = load<u32>(pair);
          const at = out + target(p, 4);
          const e = v128.load(others + source(p, 4));
          const turned = f64x2.mul(sign, v128.shuffle<f64>(e, e, 1, 0));
          const sum = f64x2.add(
            f64x2.mul(v128.load64_splat(a), e),
            f64x2.mul(v128.load64_splat(a, 8), turned),
          );
          v128.store(at, f64x2.add(v128.load(at), sum));
          a += step;
        }
      } else {
        if (a == 0) a = job + 8;
        for (; pair < last; pair += 4) {
          const p = load<u32>(pair);
          const at = out + target(p, 4);
          const e = v128.load(others + source(p, 4));
          v128.store(at, f64x2.add(v128.load(at), f64x2.mul(v128.load64_splat(a), e)));
          a += step;
        }
      }
    }
  }
}
