/** The linear algebra of CMA-ES, on matrices whose answers are known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { follow } from '../../src/experiment/solvers/cmaes-covariance.ts';
import * as triangle from '../../src/experiment/solvers/triangle.ts';

const n = 9;
const vectors = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((k) =>
  Float64Array.from({ length: n }, (_, i) => Math.cos(k * i + k)),
);
const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-12, `${found}`);

describe('lower triangles', () => {
  // The identity and outer products, of a number that is no multiple of four.
  const matrix = Float64Array.from(triangle.identity(n));
  triangle.addOuter(
    matrix,
    vectors.map((v, k) => [k + 1, v]),
  );
  const at = (r: number, c: number) =>
    vectors.reduce((sum, v, k) => sum + (k + 1) * v[r]! * v[c]!, r === c ? 1 : 0);

  it('add outer products', () => {
    let i = 0;
    for (let r = 0; r < n; r++) for (let c = 0; c <= r; c++) near(matrix[i++]!, at(r, c));
    assert.equal(i, matrix.length);
  });

  it('have a factor L with L Lᵀ = C, L L⁻¹ y = y and |L⁻¹ y|² = yᵀ C⁻¹ y', () => {
    const factor = triangle.factorOf(matrix, n);
    const product = new Float64Array(matrix.length);
    const row = (r: number) => factor.subarray((r * (r + 1)) / 2, ((r + 1) * (r + 2)) / 2);
    for (let r = 0, i = 0; r < n; r++)
      for (let c = 0; c <= r; c++) product[i++] = row(c).reduce((sum, x, k) => sum + x * row(r)[k]!, 0);
    product.forEach((x, i) => near(x, matrix[i]!));
    const y = vectors[3]!;
    const z = triangle.solve(factor, y);
    near(
      triangle.squareUnder(factor, y),
      z.reduce((sum, x) => sum + x * x, 0),
    );
    triangle.multiply(factor, z);
    z.forEach((x, i) => near(x, y[i]!));
  });

  it('have a transposed factor: z · L y = Lᵀ z · y, and L⁻ᵀ Lᵀ y = y', () => {
    const factor = triangle.factorOf(matrix, n);
    const [y, z] = [vectors[3]!, vectors[5]!];
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    const product = Float64Array.from(y);
    triangle.multiply(factor, product);
    const [left, right] = [dot(z, product), dot(triangle.multiplyTransposed(factor, z), y)];
    near(left / right, 1);
    const back = triangle.solveTransposed(factor, triangle.multiplyTransposed(factor, y));
    back.forEach((x, i) => near(x, y[i]!));
  });

  it('turn against each other by what a path follows', () => {
    const factor = triangle.factorOf(matrix, n);
    const path = Array.from(vectors[2]!);
    // A mere change of scale turns nothing.
    const larger = triangle.factorOf(
      matrix.map((x) => 1.21 * x),
      n,
    );
    follow(path, factor, larger).forEach((x, i) => near(x, path[i]!));
    // From the identity to I + ε (0 1; 1 0): L is (1 0; ε 1), its inverse's skew part ε/2 (0 1; −1 0).
    const eps = 1e-4;
    const [from, to] = [
      [1, 0, 1],
      [1, eps, 1],
    ].map((each) => triangle.factorOf(each, 2));
    const [a, b] = follow([3, 5], from!, to!);
    assert.ok(Math.abs(a! - (3 + (5 * eps) / 2)) < 1e-7 && Math.abs(b! - (5 - (3 * eps) / 2)) < 1e-7);
  });

  it('have a finite factor even when they are singular', () => {
    const singular = new Float64Array(matrix.length);
    triangle.addOuter(singular, [[1, vectors[0]!]]);
    const factor = triangle.factorOf(singular, n);
    assert.ok(factor.every(Number.isFinite));
    assert.ok(triangle.squareUnder(factor, vectors[0]!) <= 1 + 1e-6);
  });

  it('know their condition', () => {
    assert.equal(triangle.conditionOf(triangle.identity(n), n), 1);
    const stretched = Float64Array.from(triangle.identity(n));
    const v = vectors[0]!;
    triangle.addOuter(stretched, [[99 / v.reduce((sum, x) => sum + x * x, 0), v]]);
    assert.ok(Math.abs(triangle.conditionOf(stretched, n) - 100) < 1e-9);
  });
});
