import { LinalgError } from './error.ts';
import type { Operator } from './operator.ts';
import type { Scalar } from './scalar.ts';
import { SpinOperator } from './spin/operator.ts';
import { next } from './spin/sector.ts';
import { DistributedVector } from './vector.ts';

/** Some sites of a lattice, and what its states are. */
export interface Parts {
  /** The first so many sites, or a list of sites. */
  readonly sites: number | readonly number[];
  /** The operator whose states the vector's entries are: for sectors, and for whole complex vectors. */
  readonly of?: Operator | undefined;
  /** Dimensions of the sites. Default: 2 each. */
  readonly dims?: readonly number[] | undefined;
  /** Of a whole vector. Default: what its length tells beside `of`, else real. */
  readonly scalar?: Scalar | undefined;
}

/** How the states of a vector's rows fall into two parts. */
export interface Cut {
  /** Rows of the vector. */
  readonly rows: number;
  readonly width: 1 | 2;
  /** States of the smaller part, and of the other one. */
  readonly small: number;
  readonly large: number;
  /** Calls back with each row and the states of the two parts. */
  readonly walk: (
    start: number,
    end: number,
    visit: (row: number, small: number, large: number) => void,
  ) => void;
}

/**
 * The cut between some sites and the others.
 *
 * @throws LinalgError ERR_OPTION for sites that are not there, ERR_SHAPE for a state that does not
 *     fit them.
 */
export function cutOf(state: DistributedVector | Float64Array, parts: Parts): Cut {
  const { of } = parts;
  const spins = of instanceof SpinOperator ? of : undefined;
  const width = widthOf(state, parts);
  const rows = state.length / (state instanceof DistributedVector ? 1 : width);
  const dims = parts.dims ?? new Array<number>(spins?.n ?? Math.round(Math.log2(rows))).fill(2);
  const all = dims.reduce((product, d) => product * d, 1);
  if (rows !== (spins?.shape[0] ?? all) || (spins !== undefined && all !== 2 ** spins.n))
    throw new LinalgError(
      'ERR_SHAPE',
      `a state of ${rows} entries for sites of ${all} states: give { of } for a sector, { dims } for other sites`,
    );
  const inside = checkSites(parts.sites, dims.length);
  const size = (which: boolean) =>
    dims.reduce((product, d, k) => (inside.has(k) === which ? product * d : product), 1);
  const flip = size(true) > size(false);
  const weights = [partWeights(dims, inside, !flip), partWeights(dims, inside, flip)] as const;
  const walk: Cut['walk'] = (start, end, visit) => {
    const sector = spins?.sector;
    let whole = sector !== undefined && start < end ? sector.stateAt(start) : start;
    for (let row = start; row < end; row++) {
      let [rest, small, large] = [whole, 0, 0];
      for (let k = dims.length - 1; k >= 0; k--) {
        const digit = rest % dims[k]!;
        rest = (rest - digit) / dims[k]!;
        small += digit * weights[0][k]!;
        large += digit * weights[1][k]!;
      }
      visit(row, small, large);
      whole = sector ? next(whole) : whole + 1;
    }
  };
  return { rows, width, small: size(!flip), large: size(flip), walk };
}

function widthOf(state: DistributedVector | Float64Array, { of, scalar }: Parts): 1 | 2 {
  if (state instanceof DistributedVector) return state.scalar === 'complex' ? 2 : 1;
  if (scalar !== undefined) return scalar === 'complex' ? 2 : 1;
  return of !== undefined && state.length === 2 * of.shape[0] ? 2 : 1;
}

function checkSites(sites: number | readonly number[], n: number): ReadonlySet<number> {
  const list = typeof sites === 'number' ? Array.from({ length: sites }, (_, k) => k) : sites;
  for (const site of list)
    if (!Number.isInteger(site) || site < 0 || site >= n)
      throw new LinalgError('ERR_OPTION', `site ${site} is not among sites 0 to ${n - 1}`);
  return new Set(list);
}

/** What the digit of each site counts in the states of the part; 0 for sites of the other one. */
function partWeights(dims: readonly number[], inside: ReadonlySet<number>, which: boolean): number[] {
  let weight = 1;
  const weights = dims.map(() => 0);
  for (let k = dims.length - 1; k >= 0; k--) {
    if (inside.has(k) !== which) continue;
    weights[k] = weight;
    weight *= dims[k]!;
  }
  return weights;
}
