import type { Communicator } from '../comm/index.ts';
import { LinalgError } from './error.ts';
import type { Bank } from './krylov/bank.ts';
import type { Space } from './krylov/space.ts';
import type { Operator } from './operator.ts';
import type { Range } from './ownership.ts';
import { SpinOperator } from './spin/operator.ts';
import { adjoint } from './spin/groups.ts';

/** How far ⟨x, Hy⟩ and ⟨Hx, y⟩ may differ, of ‖Hx‖ + ‖Hy‖. */
const TOLERANCE = 1e-9;

/**
 * Collective: refuses an operator that is not Hermitian.
 *
 * @throws LinalgError ERR_HERMITIAN; for an operator of rows with the first pair of entries that do
 *     not fit.
 */
export function mustBeHermitian(operator: Operator, space: Space, bank: Bank): void {
  const found = deviation(operator, space, bank);
  if (found === undefined) return;
  throw new LinalgError('ERR_HERMITIAN', `the operator is not Hermitian: ${found()}`);
}

/** Collective: whether an operator is Hermitian, on every rank. */
export function isHermitian(operator: Operator, space: Space, bank: Bank): boolean {
  return deviation(operator, space, bank) === undefined;
}

/**
 * Collective: what tells that an operator is not Hermitian. Spin operators are compared with their
 * adjoint; others by ⟨x, Hy⟩ and ⟨Hx, y⟩ of two random vectors. Takes four vectors of the bank.
 */
function deviation(operator: Operator, space: Space, bank: Bank): (() => string) | undefined {
  if (operator instanceof SpinOperator) {
    const strings = new Map(operator.strings.map((string) => [`${string.flip}/${string.sign}`, string]));
    for (const { flip, sign, re, im, term } of adjoint(operator.strings)) {
      const other = strings.get(`${flip}/${sign}`)!;
      const scale = 1e-12 * (Math.abs(re) + Math.abs(im));
      if (Math.abs(other.re - re) <= scale && Math.abs(other.im - im) <= scale) continue;
      const { ops, sites } = operator.terms[term]!;
      return () => `the term '${ops}' on sites ${sites.join(', ')} has no adjoint in it`;
    }
    return undefined;
  }
  const [x, y, hx, hy] = [bank.take(), bank.take(), bank.take(), bank.take()];
  space.randomUnit(x, 0x5eed, 1, []);
  space.randomUnit(y, 0x5eed, 2, []);
  const { square: a } = space.step(space.apply, hx, x);
  const { square: b } = space.step(space.apply, hy, y);
  const left = space.overlaps([x], hy);
  const right = space.overlaps([hx], y);
  for (const vector of [x, y, hx, hy]) bank.giveBack(vector);
  const gap = Math.hypot(left[0]! - right[0]!, (left[1] ?? 0) - (right[1] ?? 0));
  if (gap <= TOLERANCE * (Math.sqrt(a) + Math.sqrt(b))) return undefined;
  return () => {
    const pair = operator.hasRows ? firstPair(operator, space.comm, space.range) : undefined;
    if (pair === undefined) return `⟨x, Hy⟩ is ${left.join(' + i ')}, and ⟨Hx, y⟩ is ${right.join(' + i ')}`;
    const { row, column, entry, other } = pair;
    return `entry (${row}, ${column}) is ${entry}, and entry (${column}, ${row}) is ${other}`;
  };
}

interface Pair {
  readonly row: number;
  readonly column: number;
  readonly entry: string;
  readonly other: string;
}

/** Collective: the first entry, by rows, that differs from the conjugate of its mirror. */
function firstPair(operator: Operator, comm: Communicator, range: Range): Pair | undefined {
  const rowsOf = new Map<number, Map<number, readonly [number, number]>>();
  const entries = (row: number) => {
    const known = rowsOf.get(row);
    if (known) return known;
    const { columns, values } = operator.rows({ start: row, end: row + 1 });
    const wide = operator.scalar === 'complex';
    const sums = new Map<number, readonly [number, number]>();
    columns.forEach((column, e) => {
      const [re, im] = sums.get(column) ?? [0, 0];
      sums.set(column, [re + values[wide ? 2 * e : e]!, im + (wide ? values[2 * e + 1]! : 0)]);
    });
    rowsOf.set(row, sums);
    return sums;
  };
  const text = ([re, im]: readonly [number, number]) =>
    im === 0 ? `${re}` : `${re} ${im < 0 ? '−' : '+'} ${Math.abs(im)}i`;
  const find = (): Pair | null => {
    for (let row = range.start; row < range.end; row++)
      for (const [column, entry] of entries(row)) {
        const other = entries(column).get(row) ?? ([0, 0] as const);
        const size = Math.hypot(...entry) + Math.hypot(...other);
        if (Math.hypot(entry[0] - other[0], entry[1] + other[1]) > 1e-12 * size)
          return { row, column, entry: text(entry), other: text(other) };
      }
    return null;
  };
  return comm.allgather(find()).find((pair) => pair !== null) ?? undefined;
}
