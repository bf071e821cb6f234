/** Products with sums of Pauli strings on complex vectors; see spin-jobs.ts. */
import { addJobs, GROUP, JOB, place, PLAN } from './spin-jobs';

/** As spinReal for complex vectors; amplitudes are complex (32 f64 an index) where `complex` is not 0, real otherwise. */
export function spinComplex(
  y: usize,
  x: usize,
  ghosts: usize,
  diagonal: usize,
  first: u32,
  blocks: u32,
  plan: usize,
  lists: usize,
  slots: usize,
  part: u32,
  complex: i32,
): void {
  const plainOuter = load<u32>(plan);
  const plainInner = load<u32>(plan, 4);
  const mixedOuter = load<u32>(plan, 8);
  const mixedInner = load<u32>(plan, 12);
  const run = load<u32>(plan, 16);
  const groups1 = plan + PLAN;
  const groups2 = groups1 + <usize>plainOuter * GROUP;
  const groups3 = groups2 + <usize>plainInner * GROUP;
  const groups4 = groups3 + <usize>mixedOuter * GROUP;
  const plain = lists;
  const mixed = lists + <usize>(plainOuter + plainInner + 1) * JOB;
  const base = x - (<usize>first << 8);
  let plainRun = plain;
  let mixedRun = mixed;
  const lanes: usize = complex ? 8 : 7;
  const sign = f64x2.replace_lane(f64x2.splat(1), 0, -1);
  for (let b: u32 = 0; b < blocks; b++) {
    const block = first + b;
    if (b == 0 || (block & run) == 0) {
      plainRun = addJobs(plain, groups1, plainOuter, block, first, blocks, part, lanes);
      mixedRun = addJobs(mixed, groups3, mixedOuter, block, first, blocks, part, lanes);
    }
    const plainEnd = addJobs(plainRun, groups2, plainInner, block, first, blocks, part, lanes);
    const mixedEnd = addJobs(mixedRun, groups4, mixedInner, block, first, blocks, part, lanes);
    if (part == 2 && plainEnd == plain && mixedEnd == mixed) continue;
    const out = y + (<usize>b << 8);
    if (part != 2) {
      for (let l: usize = 0; l < 16; l++) {
        const d = v128.load64_splat(diagonal + (<usize>b << 7) + (l << 3));
        v128.store(out + (l << 4), f64x2.mul(d, v128.load(x + (<usize>b << 8) + (l << 4))));
      }
    }
    // Real amplitudes that all lanes share, 8 rows at a time in registers.
    for (let half = complex || plainEnd == plain ? 256 : 0; half < 256; half += 128) {
      const at = out + half;
      let s0 = v128.load(at);
      let s1 = v128.load(at, 16);
      let s2 = v128.load(at, 32);
      let s3 = v128.load(at, 48);
      let s4 = v128.load(at, 64);
      let s5 = v128.load(at, 80);
      let s6 = v128.load(at, 96);
      let s7 = v128.load(at, 112);
      for (let job = plain; job < plainEnd; job += JOB) {
        const v = half + place(base, ghosts, slots, block ^ load<u32>(job), part, 8);
        const a = v128.load64_splat(load<usize>(job, 4));
        s0 = f64x2.add(s0, f64x2.mul(a, v128.load(v)));
        s1 = f64x2.add(s1, f64x2.mul(a, v128.load(v, 16)));
        s2 = f64x2.add(s2, f64x2.mul(a, v128.load(v, 32)));
        s3 = f64x2.add(s3, f64x2.mul(a, v128.load(v, 48)));
        s4 = f64x2.add(s4, f64x2.mul(a, v128.load(v, 64)));
        s5 = f64x2.add(s5, f64x2.mul(a, v128.load(v, 80)));
        s6 = f64x2.add(s6, f64x2.mul(a, v128.load(v, 96)));
        s7 = f64x2.add(s7, f64x2.mul(a, v128.load(v, 112)));
      }
      v128.store(at, s0);
      v128.store(at, s1, 16);
      v128.store(at, s2, 32);
      v128.store(at, s3, 48);
      v128.store(at, s4, 64);
      v128.store(at, s5, 80);
      v128.store(at, s6, 96);
      v128.store(at, s7, 112);
    }
    if (complex) {
      addComplex(out, plain, plainEnd, base, ghosts, slots, block, part, sign);
      addComplex(out, mixed, mixedEnd, base, ghosts, slots, block, part, sign);
      continue;
    }
    for (let job = mixed; job < mixedEnd; job += JOB) {
      const v = place(base, ghosts, slots, block ^ load<u32>(job), part, 8);
      const table = load<usize>(job, 4);
      const turn = <usize>load<u32>(job, 12) << 4;
      for (let l: usize = 0; l < 16; l++) {
        const a = v128.load64_splat(table + (l << 3));
        const e = v128.load(v + ((l << 4) ^ turn));
        v128.store(out + (l << 4), f64x2.add(v128.load(out + (l << 4)), f64x2.mul(a, e)));
      }
    }
  }
}

/** Jobs with complex amplitudes. */
function addComplex(
  out: usize,
  jobs: usize,
  end: usize,
  base: usize,
  ghosts: usize,
  slots: usize,
  block: u32,
  part: u32,
  sign: v128,
): void {
  for (let job = jobs; job < end; job += JOB) {
    const v = place(base, ghosts, slots, block ^ load<u32>(job), part, 8);
    const table = load<usize>(job, 4);
    const turn = <usize>load<u32>(job, 12) << 4;
    for (let l: usize = 0; l < 16; l++) {
      const e = v128.load(v + ((l << 4) ^ turn));
      const re = v128.load64_splat(table + (l << 3));
      const im = v128.load64_splat(table + (l << 3), 128);
      const turned = f64x2.mul(sign, v128.shuffle<f64>(e, e, 1, 0));
      const sum = f64x2.add(f64x2.mul(re, e), f64x2.mul(im, turned));
      v128.store(out + (l << 4), f64x2.add(v128.load(out + (l << 4)), sum));
    }
  }
}
