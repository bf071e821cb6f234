import { arnoldi, type Hessenberg } from './arnoldi.ts';
import type { LinearMethod } from './linear.ts';

/** Vectors of GMRES between restarts. */
export const GMRES_BASIS = 50;

/**
 * One cycle of GMRES (Y. Saad and M. H. Schultz, SIAM J. Sci. Stat. Comput. 7, 856, 1986): the
 * caller computes the residual anew and restarts.
 */
export const generalizedResiduals: LinearMethod = (space, bank, x, r, goal) => {
  const basis = Array.from({ length: GMRES_BASIS + 1 }, () => bank.take());
  space.copy(basis[0]!, r);
  const factors = new RotatedHessenberg(space.normalize(basis[0]!));
  const h = arnoldi(space, space.apply, basis, (sofar) => {
    factors.add(sofar);
    return factors.residual <= goal || space.spent;
  });
  // The step that closes the space does not ask.
  if (factors.columns < h.steps) factors.add(h);
  const weights = factors.solve(space.width);
  if (weights !== undefined) space.accumulate(x, weights, basis.slice(0, h.steps));
  for (const vector of basis) bank.giveBack(vector);
  const end = weights === undefined ? 'stuck' : space.spent ? 'spent' : 'converged';
  return { iterations: h.steps, end };
};

type Pair = [re: number, im: number];

/** The QR factors of a Hessenberg matrix, column by column, by complex rotations. */
class RotatedHessenberg {
  /** Columns of R. */
  readonly #r: Pair[][] = [];
  readonly #rotations: { readonly c: number; readonly s: Pair }[] = [];
  /** Qᴴ ‖r‖ e₁. */
  readonly #right: Pair[];

  constructor(norm: number) {
    this.#right = [[norm, 0]];
  }

  get columns(): number {
    return this.#r.length;
  }

  /** The norm of what is left of the right side. */
  get residual(): number {
    return Math.hypot(...this.#right.at(-1)!);
  }

  /** The next column of H. */
  add(h: Hessenberg): void {
    const j = this.columns;
    const column = Array.from({ length: j + 2 }, (_, i): Pair => [...h.entry(i, j)]);
    this.#rotations.forEach((rotation, i) => rotate(column, i, rotation));
    const [a, b] = [column[j]!, column[j + 1]!];
    const size = Math.hypot(...a, ...b);
    const first = Math.hypot(...a);
    // c is real: c a + s̄ b = (a / |a|) size.
    const [re, im] = first === 0 ? [1, 0] : [a[0] / first, a[1] / first];
    const c = size === 0 ? 1 : first / size;
    const s: Pair = size === 0 ? [0, 0] : [(b[0] * re + b[1] * im) / size, (b[1] * re - b[0] * im) / size];
    const rotation = { c, s };
    rotate(column, j, rotation);
    this.#rotations.push(rotation);
    this.#r.push(column.slice(0, j + 1));
    this.#right.push([0, 0]);
    rotate(this.#right, j, rotation);
  }

  /** Weights of the basis, as many numbers each as `width`; undefined for a singular R. */
  solve(width: 1 | 2): number[] | undefined {
    const m = this.columns;
    const y: Pair[] = [];
    const scale = Math.max(...this.#r.map((column) => Math.hypot(...column.flat())));
    for (let i = m - 1; i >= 0; i--) {
      let [re, im] = this.#right[i]!;
      for (let k = i + 1; k < m; k++) {
        const [a, b] = this.#r[k]![i]!;
        re -= a * y[k]![0] - b * y[k]![1];
        im -= a * y[k]![1] + b * y[k]![0];
      }
      const [a, b] = this.#r[i]![i]!;
      const square = a * a + b * b;
      if (Math.sqrt(square) <= 1e-15 * scale) return undefined;
      y[i] = [(re * a + im * b) / square, (im * a - re * b) / square];
    }
    return y.flatMap(([re, im]) => (width === 2 ? [re, im] : [re]));
  }
}

/** (x, y) ← (c x + s̄ y, −s x + c y) at i and i + 1. */
function rotate(
  column: Pair[],
  i: number,
  { c, s }: { readonly c: number; readonly s: readonly [number, number] },
): void {
  const [x, y] = [column[i]!, column[i + 1]!];
  column[i] = [c * x[0] + s[0] * y[0] + s[1] * y[1], c * x[1] + s[0] * y[1] - s[1] * y[0]];
  column[i + 1] = [c * y[0] - s[0] * x[0] + s[1] * x[1], c * y[1] - s[0] * x[1] - s[1] * x[0]];
}
