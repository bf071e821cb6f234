/**
 * The Cholesky factor of a covariance, n rows of n numbers. A direction that has no extent gets a millionth of the variable's own, or of the
 * unit.
 *
 * @param least - the smallest square of a diagonal element
 */
export function covarianceRoot(covariance: ArrayLike<number>, n: number, least: number): number[] {
  const factor = new Array<number>(n * n).fill(0);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c <= r; c++) {
      let left = covariance[r * n + c]!;
      for (let k = 0; k < c; k++) left -= factor[r * n + k]! * factor[c * n + k]!;
      const whole = covariance[r * n + r]!;
      factor[r * n + c] =
        r === c ? Math.sqrt(Math.max(left, 1e-12 * whole, least)) : left / factor[c * n + c]!;
    }
  }
  return factor;
}
