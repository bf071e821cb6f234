/** Products with sums of Pauli strings on real vectors; see spin-jobs.ts. */
import { addJobs, GROUP, JOB, place, PLAN } from './spin-jobs';

/** y ← diagonal x (parts 0 and 1) + groups x. Real amplitudes, real vectors. */
export function spinReal(
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
  const base = x - (<usize>first << 7);
  let plainRun = plain;
  let mixedRun = mixed;
  const common = load<f64>(plan, 24);
  const lower = i64x2(-1, 0);
  const upper = i64x2(0, -1);
  for (let b: u32 = 0; b < blocks; b++) {
    const block = first + b;
    if (b == 0 || (block & run) == 0) {
      plainRun = addJobs(plain, groups1, plainOuter, block, first, blocks, part, 7);
      mixedRun = addJobs(mixed, groups3, mixedOuter, block, first, blocks, part, 7);
    }
    const plainEnd = addJobs(plainRun, groups2, plainInner, block, first, blocks, part, 7);
    const mixedEnd = addJobs(mixedRun, groups4, mixedInner, block, first, blocks, part, 7);
    if (part == 2 && plainEnd == plain && mixedEnd == mixed) continue;
    const out = y + (<usize>b << 7);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    let s4 = f64x2.splat(0);
    let s5 = f64x2.splat(0);
    let s6 = f64x2.splat(0);
    let s7 = f64x2.splat(0);
    if (common != 0) {
      for (let job = plain; job < plainEnd; job += JOB) {
        const v = place(base, ghosts, slots, block ^ load<u32>(job), part, 7);
        s0 = f64x2.add(s0, v128.load(v));
        s1 = f64x2.add(s1, v128.load(v, 16));
        s2 = f64x2.add(s2, v128.load(v, 32));
        s3 = f64x2.add(s3, v128.load(v, 48));
        s4 = f64x2.add(s4, v128.load(v, 64));
        s5 = f64x2.add(s5, v128.load(v, 80));
        s6 = f64x2.add(s6, v128.load(v, 96));
        s7 = f64x2.add(s7, v128.load(v, 112));
      }
      const a = f64x2.splat(common);
      s0 = f64x2.mul(a, s0);
      s1 = f64x2.mul(a, s1);
      s2 = f64x2.mul(a, s2);
      s3 = f64x2.mul(a, s3);
      s4 = f64x2.mul(a, s4);
      s5 = f64x2.mul(a, s5);
      s6 = f64x2.mul(a, s6);
      s7 = f64x2.mul(a, s7);
    } else {
      for (let job = plain; job < plainEnd; job += JOB) {
        const v = place(base, ghosts, slots, block ^ load<u32>(job), part, 7);
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
    }
    if (part != 2) {
      const from = x + (<usize>b << 7);
      const d = diagonal + (<usize>b << 7);
      s0 = f64x2.add(s0, f64x2.mul(v128.load(from), v128.load(d)));
      s1 = f64x2.add(s1, f64x2.mul(v128.load(from, 16), v128.load(d, 16)));
      s2 = f64x2.add(s2, f64x2.mul(v128.load(from, 32), v128.load(d, 32)));
      s3 = f64x2.add(s3, f64x2.mul(v128.load(from, 48), v128.load(d, 48)));
      s4 = f64x2.add(s4, f64x2.mul(v128.load(from, 64), v128.load(d, 64)));
      s5 = f64x2.add(s5, f64x2.mul(v128.load(from, 80), v128.load(d, 80)));
      s6 = f64x2.add(s6, f64x2.mul(v128.load(from, 96), v128.load(d, 96)));
      s7 = f64x2.add(s7, f64x2.mul(v128.load(from, 112), v128.load(d, 112)));
    } else {
      s0 = f64x2.add(s0, v128.load(out));
      s1 = f64x2.add(s1, v128.load(out, 16));
      s2 = f64x2.add(s2, v128.load(out, 32));
      s3 = f64x2.add(s3, v128.load(out, 48));
      s4 = f64x2.add(s4, v128.load(out, 64));
      s5 = f64x2.add(s5, v128.load(out, 80));
      s6 = f64x2.add(s6, v128.load(out, 96));
      s7 = f64x2.add(s7, v128.load(out, 112));
    }
    for (let job = mixed; job < mixedEnd; job += JOB) {
      const v = place(base, ghosts, slots, block ^ load<u32>(job), part, 7);
      const table = load<usize>(job, 4);
      switch (load<u32>(job, 8)) {
        // Bonds of which both sites, or one, are lanes: half of the amplitudes are 0.
        case 3: {
          const a = v128.load64_splat(table, 32);
          s2 = f64x2.add(s2, f64x2.mul(a, v128.load(v, 64)));
          s3 = f64x2.add(s3, f64x2.mul(a, v128.load(v, 80)));
          s4 = f64x2.add(s4, f64x2.mul(a, v128.load(v, 32)));
          s5 = f64x2.add(s5, f64x2.mul(a, v128.load(v, 48)));
          break;
        }
        case 4: {
          const a = v128.load64_splat(table, 16);
          s1 = f64x2.add(s1, f64x2.mul(a, v128.load(v, 32)));
          s2 = f64x2.add(s2, f64x2.mul(a, v128.load(v, 16)));
          s5 = f64x2.add(s5, f64x2.mul(a, v128.load(v, 96)));
          s6 = f64x2.add(s6, f64x2.mul(a, v128.load(v, 80)));
          break;
        }
        case 5: {
          const a = v128.load64_splat(table, 8);
          let t: v128;
          t = f64x2.mul(a, v128.shuffle<f64>(v128.load(v), v128.load(v, 16), 1, 2));
          s0 = f64x2.add(s0, v128.and(t, upper));
          s1 = f64x2.add(s1, v128.and(t, lower));
          t = f64x2.mul(a, v128.shuffle<f64>(v128.load(v, 32), v128.load(v, 48), 1, 2));
          s2 = f64x2.add(s2, v128.and(t, upper));
          s3 = f64x2.add(s3, v128.and(t, lower));
          t = f64x2.mul(a, v128.shuffle<f64>(v128.load(v, 64), v128.load(v, 80), 1, 2));
          s4 = f64x2.add(s4, v128.and(t, upper));
          s5 = f64x2.add(s5, v128.and(t, lower));
          t = f64x2.mul(a, v128.shuffle<f64>(v128.load(v, 96), v128.load(v, 112), 1, 2));
          s6 = f64x2.add(s6, v128.and(t, upper));
          s7 = f64x2.add(s7, v128.and(t, lower));
          break;
        }
        case 6: {
          const a = v128.load64_splat(table);
          s0 = f64x2.add(s0, f64x2.mul(a, v128.load(v, 64)));
          s1 = f64x2.add(s1, f64x2.mul(a, v128.load(v, 80)));
          s2 = f64x2.add(s2, f64x2.mul(a, v128.load(v, 96)));
          s3 = f64x2.add(s3, f64x2.mul(a, v128.load(v, 112)));
          break;
        }
        case 7: {
          const a = v128.load64_splat(table, 64);
          s4 = f64x2.add(s4, f64x2.mul(a, v128.load(v)));
          s5 = f64x2.add(s5, f64x2.mul(a, v128.load(v, 16)));
          s6 = f64x2.add(s6, f64x2.mul(a, v128.load(v, 32)));
          s7 = f64x2.add(s7, f64x2.mul(a, v128.load(v, 48)));
          break;
        }
        default: {
          const low = load<u32>(job, 12);
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
