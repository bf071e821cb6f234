import { MpiError } from '../fabric/error.ts';

/**
 * How many ranks to put along each dimension of a Cartesian topology (MPI 4.1 §8.5.2): whole numbers with the product `size`, as close to
 * each other as can be (the smallest difference between the largest and the smallest), in non-increasing order.
 *
 * `dims` is the number of dimensions, or a list in which entries other than 0 are kept and zeros are filled in.
 *
 * @throws MpiError ERR_DIMS when the entries given do not divide `size`, or nothing is left to fill in and the product differs;
 *     ERR_ARG for a size that is no positive whole number, or entries that are no whole numbers ≥ 0.
 */
export function dimsCreate(size: number, dims: number | readonly number[]): number[] {
  const wanted = typeof dims === 'number' ? emptyDims(dims) : [...dims];
  if (!Number.isSafeInteger(size) || size < 1) throw refuse('ERR_ARG', `${size} is no number of ranks`);
  const bad = wanted.find((extent) => !Number.isSafeInteger(extent) || extent < 0);
  if (bad !== undefined) throw refuse('ERR_ARG', `${bad} ranks cannot lie along a dimension`);
  const rest = wanted.reduce((left, extent) => (extent === 0 ? left : left / extent), size);
  const zeros = wanted.filter((extent) => extent === 0).length;
  if (!Number.isInteger(rest) || (zeros === 0 && rest !== 1)) {
    throw refuse('ERR_DIMS', `${size} ranks do not fit into ${wanted.join(' × ') || 'no dimensions'}`);
  }
  const filled = balanced(rest, zeros).values();
  return wanted.map((extent) => (extent === 0 ? filled.next().value! : extent));
}

function emptyDims(count: number): number[] {
  if (Number.isSafeInteger(count) && count >= 0) return new Array<number>(count).fill(0);
  throw refuse('ERR_ARG', `${count} is no number of dimensions`);
}

function refuse(code: 'ERR_ARG' | 'ERR_DIMS', message: string): MpiError {
  return new MpiError(code, message, { operation: 'dimsCreate' });
}

/** A non-increasing list of `count` factors of `n`: the smallest spread between its ends, then the smallest largest, then the next. */
function balanced(n: number, count: number): number[] {
  if (count <= 1) return count === 0 ? [] : [n];
  const divisors = divisorsOf(n);
  let best: number[] = [];
  let spread = Infinity;
  for (const largest of divisors) {
    if (largest ** count < n) continue;
    // The smallest is at most the root of the rest: no larger `largest` can do better.
    if (largest - (n / largest) ** (1 / (count - 1)) >= spread) break;
    for (;;) {
      const least = Math.max(1, largest - spread + 1);
      const others = factors(n / largest, count - 1, least, largest, divisors);
      if (others === undefined) break;
      best = [largest, ...others];
      spread = largest - best.at(-1)!;
    }
  }
  return best;
}

/** The lexicographically smallest non-increasing list of `count` factors of `n` from `least` to `most`, if there is one. */
function factors(
  n: number,
  count: number,
  least: number,
  most: number,
  divisors: readonly number[],
): number[] | undefined {
  const barren = new Set<string>();
  const search = (rest: number, places: number, limit: number): number[] | undefined => {
    if (places === 0) return rest === 1 ? [] : undefined;
    const key = `${rest},${places},${limit}`;
    if (least ** places > rest || limit ** places < rest || barren.has(key)) return undefined;
    for (const divisor of divisors) {
      if (divisor > limit) break;
      if (divisor < least || divisor ** places < rest || rest % divisor !== 0) continue;
      const others = search(rest / divisor, places - 1, divisor);
      if (others) return [divisor, ...others];
    }
    barren.add(key);
    return undefined;
  };
  return search(n, count, most);
}

/** In ascending order. */
function divisorsOf(n: number): number[] {
  let divisors = [1];
  for (const [prime, power] of primePowers(n)) {
    const powers = Array.from({ length: power + 1 }, (_, i) => prime ** i);
    divisors = divisors.flatMap((divisor) => powers.map((factor) => divisor * factor));
  }
  return divisors.sort((a, b) => a - b);
}

function primePowers(n: number): Map<number, number> {
  const powers = new Map<number, number>();
  let rest = n;
  for (let prime = 2; prime * prime <= rest; prime++) {
    for (; rest % prime === 0; rest /= prime) powers.set(prime, (powers.get(prime) ?? 0) + 1);
  }
  if (rest > 1) powers.set(rest, (powers.get(rest) ?? 0) + 1);
  return powers;
}
