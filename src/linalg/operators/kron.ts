import { RowBuilder, type Csr } from '../csr.ts';
import { LinalgError } from '../error.ts';
import { Operator, type Description } from '../operator.ts';
import type { Range } from '../ownership.ts';
import { widest, type Scalar } from '../scalar.ts';

/** A factor of a Kronecker product; a number is an identity of that size. */
export type Factor = Operator | number;

/** The Kronecker product of factors, of which only the rows asked for are built. */
export class KronOperator extends Operator {
  readonly shape: readonly [number, number];
  readonly scalar: Scalar;
  readonly #whole: (Csr | undefined)[] = [];

  constructor(readonly factors: readonly Factor[]) {
    super();
    const times = (side: 0 | 1) =>
      factors.reduce<number>((all, f) => all * (typeof f === 'number' ? f : f.shape[side]), 1);
    this.shape = [times(0), times(1)];
    this.scalar = widest('real', ...factors.map((f) => (typeof f === 'number' ? 'real' : f.scalar)));
  }

  describe(): Description {
    const factors = this.factors.map((f) => (typeof f === 'number' ? f : f.describe()));
    return { kind: 'kron', factors };
  }

  protected build(range: Range): Csr {
    const wholes = this.factors.map((f, k) => {
      if (typeof f === 'number') return undefined;
      return (this.#whole[k] ??= f.rows({ start: 0, end: f.shape[0] }));
    });
    const builder = new RowBuilder(range.end - range.start, this.scalar);
    const digits = new Array<number>(this.factors.length);
    for (let row = range.start; row < range.end; row++) {
      let rest = row;
      for (let k = this.factors.length - 1; k >= 0; k--) {
        const f = this.factors[k]!;
        const size = typeof f === 'number' ? f : f.shape[0];
        digits[k] = rest % size;
        rest = Math.floor(rest / size);
      }
      this.#expand(builder, wholes, digits, 0, 0, 1, 0);
      builder.endRow();
    }
    return builder.finish();
  }

  /** Entries of one row: all choices of an entry from the row of each factor, from factor k on. */
  #expand(
    builder: RowBuilder,
    wholes: readonly (Csr | undefined)[],
    digits: readonly number[],
    k: number,
    column: number,
    re: number,
    im: number,
  ): void {
    const factor = this.factors[k];
    if (factor === undefined) {
      builder.add(column, re, im);
      return;
    }
    const whole = wholes[k];
    if (typeof factor === 'number' || whole === undefined) {
      const size = typeof factor === 'number' ? factor : factor.shape[1];
      this.#expand(builder, wholes, digits, k + 1, column * size + digits[k]!, re, im);
      return;
    }
    const wide = factor.scalar === 'complex';
    for (let e = whole.rowPtr[digits[k]!]!; e < whole.rowPtr[digits[k]! + 1]!; e++) {
      const a = whole.values[wide ? 2 * e : e]!;
      const b = wide ? whole.values[2 * e + 1]! : 0;
      const at = column * factor.shape[1] + whole.columns[e]!;
      this.#expand(builder, wholes, digits, k + 1, at, re * a - im * b, re * b + im * a);
    }
  }
}

/**
 * The Kronecker product of operators, the first the most significant.
 *
 * @throws LinalgError ERR_SHAPE without a factor.
 */
export function kron(...operators: readonly Operator[]): Operator {
  if (operators.length === 0) throw new LinalgError('ERR_SHAPE', 'kron of no operators');
  return operators.length === 1 ? operators[0]! : new KronOperator(operators);
}

/** The Kronecker product of an operator with itself, `times` factors in all. */
export function kronPow(operator: Operator, times: number): Operator {
  return kron(...Array.from({ length: times }, () => operator));
}

/**
 * Operators that act on some sites of a lattice, and identities on the others.
 *
 * @param operators one for each of `sites`, or one that acts on each of them.
 * @param dims the dimension of each site.
 * @param sites where the operators act.
 * @throws LinalgError ERR_SHAPE for an operator that does not fit its site, ERR_RANGE for a site
 *     that is not there.
 * @example
 * ikron(dense([[0, 1], [1, 0]]), [2, 2, 2], [1]); // 1 ⊗ X ⊗ 1
 */
export function ikron(
  operators: Operator | readonly Operator[],
  dims: readonly number[],
  sites: number | readonly number[],
): Operator {
  const places = typeof sites === 'number' ? [sites] : sites;
  const given = operators instanceof Operator ? places.map(() => operators) : operators;
  if (given.length !== places.length)
    throw new LinalgError('ERR_SHAPE', `${given.length} operators for ${places.length} sites`);
  const factors: Factor[] = [...dims];
  for (const [k, site] of places.entries()) {
    const [dim, operator] = [dims[site], given[k]!];
    if (dim === undefined)
      throw new LinalgError('ERR_RANGE', `site ${site} is not among sites 0 to ${dims.length - 1}`);
    if (typeof factors[site] !== 'number') throw new LinalgError('ERR_RANGE', `site ${site} is named twice`);
    if (operator.shape[0] !== dim || operator.shape[1] !== dim)
      throw new LinalgError(
        'ERR_SHAPE',
        `an operator of ${operator.shape.join(' × ')} on a site of dimension ${dim}`,
      );
    factors[site] = operator;
  }
  // Neighbouring identities are one.
  const merged: Factor[] = [];
  for (const factor of factors) {
    const last = merged.at(-1);
    if (typeof factor === 'number' && typeof last === 'number') merged[merged.length - 1] = last * factor;
    else merged.push(factor);
  }
  return new KronOperator(merged);
}
