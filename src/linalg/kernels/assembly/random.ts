/** Philox4x32-10 (Salmon et al., SC 2011): the same numbers as the streams of `internal`, faster. */

/**
 * Fills n entries of `width` f64 (2: complex), evenly spread over (−1, 1). Entry i is a function of (key, stream, first + i) alone, so a
 * vector does not depend on who owns which rows.
 */
export function randomFill(
  out: usize,
  n: i32,
  width: i32,
  first: f64,
  key0: u32,
  key1: u32,
  stream: u32,
): void {
  const start = <u64>first;
  for (let i = 0; i < n; i++) {
    const item = start + <u64>i;
    let c0: u32 = <u32>item;
    let c1: u32 = <u32>(item >> 32);
    let c2: u32 = stream;
    let c3: u32 = 0;
    let k0 = key0;
    let k1 = key1;
    for (let round = 0; round < 10; round++) {
      const p0 = <u64>0xd2511f53 * <u64>c0;
      const p1 = <u64>0xcd9e8d57 * <u64>c2;
      c0 = <u32>(p1 >> 32) ^ c1 ^ k0;
      c1 = <u32>p1;
      c2 = <u32>(p0 >> 32) ^ c3 ^ k1;
      c3 = <u32>p0;
      k0 += 0x9e3779b9;
      k1 += 0xbb67ae85;
    }
    const at = out + (<usize>(i * width) << 3);
    store<f64>(at, even(c0, c1));
    if (width == 2) store<f64>(at, even(c2, c3), 8);
  }
}

/** 52 bits of two words, evenly spread over (−1, 1). */
// @ts-ignore: decorator of AssemblyScript
@inline
function even(a: u32, b: u32): f64 {
  return (<f64>(a >> 6) * 67108864.0 + <f64>(b >> 6) + 0.5) / 2251799813685248.0 - 1.0;
}
