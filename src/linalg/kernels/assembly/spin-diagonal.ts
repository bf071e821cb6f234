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
