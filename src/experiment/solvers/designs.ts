import { ExperimentError, type Random } from '../../conduit/index.ts';

/** How points are spread over the unit cube. */
export type Design = 'random' | 'latin' | 'sobol';
export const DESIGNS = ['random', 'latin', 'sobol'] as const;

/**
 * Points spread over the unit cube: 'random' ones; a latin hypercube, with one point in each of `count` slices of every variable (M. D. McKay,
 * R. J. Beckman and W. J. Conover, Technometrics 21 (1979) 239); or a Sobol sequence, moved by the same random amount modulo 1 (S. Joe and
 * F. Y. Kuo, SIAM J. Sci. Comput. 30 (2008) 2635; R. Cranley and T. N. L. Patterson, SIAM J. Numer. Anal. 13 (1976) 904).
 */
export function design(kind: Design, count: number, n: number, random: Random): number[][] {
  if (kind === 'latin') {
    const columns = Array.from({ length: n }, () =>
      shuffled(count, random).map((k) => (k + random.uniform()) / count),
    );
    return Array.from({ length: count }, (_, k) => columns.map((column) => column[k]!));
  }
  if (kind === 'random')
    return Array.from({ length: count }, () => Array.from({ length: n }, () => random.uniform()));
  const shift = Array.from({ length: n }, () => random.uniform());
  return sobol(count, n).map((u) => u.map((x, j) => (x + shift[j]!) % 1));
}

function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, k) => k);
  for (let k = count - 1; k > 0; k--) {
    const other = random.integer(k + 1);
    [order[k], order[other]] = [order[other]!, order[k]!];
  }
  return order;
}

const BITS = 32;
/** Degree and coefficients of the primitive polynomials, and first direction numbers, of the second variable and on. */
const DIRECTIONS: readonly (readonly [a: number, ...m: number[]])[] = [
  [0, 1],
  [1, 1, 3],
  [1, 1, 3, 1],
  [2, 1, 1, 1],
  [1, 1, 1, 3, 3],
  [4, 1, 3, 5, 13],
  [2, 1, 1, 5, 5, 17],
  [4, 1, 1, 5, 5, 5],
  [7, 1, 1, 7, 11, 19],
  [11, 1, 1, 5, 1, 1],
  [13, 1, 1, 1, 3, 11],
  [14, 1, 3, 5, 5, 31],
  [1, 1, 3, 3, 9, 7, 49],
  [13, 1, 1, 1, 15, 21, 21],
  [16, 1, 3, 1, 13, 27, 49],
  [19, 1, 1, 1, 15, 7, 5],
  [22, 1, 3, 1, 15, 13, 25],
  [25, 1, 1, 5, 5, 19, 61],
  [1, 1, 3, 7, 11, 23, 15, 103],
  [4, 1, 3, 7, 13, 13, 15, 69],
];

/** The first points of the sequence, the origin included. */
export function sobol(count: number, n: number): number[][] {
  if (n > DIRECTIONS.length + 1)
    throw new ExperimentError(
      'ERR_OPTION',
      `a Sobol sequence is for up to ${DIRECTIONS.length + 1} variables, not ${n}: use 'latin'`,
    );
  const columns = Array.from({ length: n }, (_, j) => sobolColumn(count, j));
  return Array.from({ length: count }, (_, k) => columns.map((column) => column[k]!));
}

/** In the order of Gray's code: each point differs from the one before by one direction. */
function sobolColumn(count: number, j: number): number[] {
  const v = new Uint32Array(BITS);
  if (j === 0) for (let i = 0; i < BITS; i++) v[i] = 2 ** (BITS - 1 - i);
  else {
    const [a, ...m] = DIRECTIONS[j - 1]!;
    const s = m.length;
    for (let i = 0; i < BITS; i++) {
      if (i < s) v[i] = m[i]! * 2 ** (BITS - 1 - i);
      else {
        let next = v[i - s]! ^ (v[i - s]! >>> s);
        for (let k = 1; k < s; k++) if ((a >> (s - 1 - k)) & 1) next ^= v[i - k]!;
        v[i] = next;
      }
    }
  }
  const column: number[] = [];
  let x = 0;
  for (let k = 0; k < count; k++) {
    column.push((x >>> 0) / 2 ** BITS);
    // The lowest bit of k that is 0.
    x ^= v[31 - Math.clz32(~k & (k + 1))]!;
  }
  return column;
}
