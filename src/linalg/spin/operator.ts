import { RowBuilder, type Csr } from '../csr.ts';
import { LinalgError } from '../error.ts';
import { complex, Operator, type Description } from '../operator.ts';
import type { Range } from '../ownership.ts';
import type { Complex, Scalar } from '../scalar.ts';
import { CANCELLED, flipGroups, oddBits, type FlipGroup } from './groups.ts';
import { mustConserve, next, Sector } from './sector.ts';
import { pauliStrings, type PauliString, type SpinTerm } from './strings.ts';

/** States with this Σ Sz, or with this number of spins up. */
export type SectorOptions = { readonly sz: number } | { readonly up: number };

/**
 * Sites of a block of rows: a block stays on one rank, and its rows are the lanes of the product.
 */
export const BLOCK_SITES = 4;

/**
 * A sum of products of spin-½ operators on n sites, or its part in a sector. Never stored unless
 * its rows are asked for.
 */
export class SpinOperator extends Operator {
  readonly shape: readonly [number, number];
  readonly scalar: Scalar;
  override readonly block: number;
  readonly strings: readonly PauliString[];
  readonly #sector: Sector | undefined;
  #groups: readonly FlipGroup[] | undefined;

  constructor(
    readonly n: number,
    readonly terms: readonly SpinTerm[],
    readonly up?: number,
  ) {
    super();
    if (!Number.isInteger(n) || n < 1 || n > 35)
      throw new LinalgError('ERR_OPTION', `${n} sites: spin operators have 1 to 35`);
    this.strings = pauliStrings(n, terms);
    this.scalar = this.strings.some(({ im }) => im !== 0) ? 'complex' : 'real';
    if (up !== undefined) mustConserve(this.strings, terms);
    this.#sector = up === undefined ? undefined : new Sector(n, up);
    const states = this.#sector?.states ?? 2 ** n;
    this.shape = [states, states];
    this.block = up === undefined && n >= BLOCK_SITES ? 2 ** BLOCK_SITES : 1;
  }

  describe(): Description {
    return { kind: 'spin', n: this.n, terms: this.terms, up: this.up };
  }

  /** The states that make up its rows; undefined where all do. */
  get sector(): Sector | undefined {
    return this.#sector;
  }

  /**
   * The operator within the states that have a given number of spins up, ascending: C(n, up) rows.
   *
   * @throws LinalgError ERR_SYMMETRY when a term leaves them, ERR_OPTION for a sector that does not
   *     exist.
   * @example
   * hamHeis(14).in({ sz: 0 }); // 3432 × 3432
   */
  in(sector: SectorOptions): SpinOperator {
    return new SpinOperator(this.n, this.terms, 'up' in sector ? sector.up : sector.sz + this.n / 2);
  }

  /** The conjugate transpose. */
  adjoint(): SpinOperator {
    const turned: Readonly<Record<string, string>> = { '+': '-', '-': '+' };
    const terms = this.terms.map(({ factor, ops, sites }) => ({
      factor: typeof factor === 'number' ? factor : { re: factor.re, im: -factor.im },
      ops: sites
        .map((_, k) => ops[sites.length - 1 - k]!)
        .map((op) => turned[op] ?? op)
        .join(''),
      sites: sites.toReversed(),
    }));
    return new SpinOperator(this.n, terms, this.up);
  }

  override plus(other: Operator): Operator {
    if (!(other instanceof SpinOperator) || other.n !== this.n || other.up !== this.up)
      return super.plus(other);
    return new SpinOperator(this.n, [...this.terms, ...other.terms], this.up);
  }

  override times(factor: number | Complex): SpinOperator {
    const f = complex(factor);
    const terms = this.terms.map((term) => {
      const { re, im } = complex(term.factor);
      return { ...term, factor: { re: re * f.re - im * f.im, im: re * f.im + im * f.re } };
    });
    return new SpinOperator(this.n, terms, this.up);
  }

  protected build({ start, end }: Range): Csr {
    const groups = (this.#groups ??= flipGroups(this.strings));
    const builder = new RowBuilder(end - start, this.scalar);
    const sector = this.#sector;
    let state = sector && start < end ? sector.stateAt(start) : start;
    for (let row = start; row < end; row++) {
      for (const { flip, strings, scale } of groups) {
        let [re, im] = [0, 0];
        for (const { sign, re: a, im: b } of strings) {
          if (oddBits(state & sign) === 1) {
            re -= a;
            im -= b;
          } else {
            re += a;
            im += b;
          }
        }
        // What cancels leaves rounding, also where a flip would leave the sector; the diagonal
        // always is an entry.
        if (Math.abs(re) + Math.abs(im) <= CANCELLED * scale && flip !== 0) continue;
        const column = (state ^ flip) >>> 0;
        builder.add(sector ? sector.indexOf(column) : column, re, im);
      }
      builder.endRow();
      state = sector ? next(state) : state + 1;
    }
    return builder.finish();
  }
}

/**
 * A sum of products of spin-½ operators.
 *
 * @param n sites; site 0 is the most significant bit of a state, bit 0 is up.
 * @param terms each with a factor, its operators (`x y z + -`) and their sites.
 * @throws LinalgError ERR_OPTION for an operator or site that does not exist.
 * @example
 * spinOperator(2, [{ factor: 0.5, ops: '+-', sites: [0, 1] }, { factor: 0.5, ops: '-+', sites: [0,
 * 1] }]);
 */
export function spinOperator(n: number, terms: readonly SpinTerm[]): SpinOperator {
  return new SpinOperator(n, terms);
}
