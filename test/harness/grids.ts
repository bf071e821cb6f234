/** Comparisons of fields on any layout with those of one rank. */
import assert from 'node:assert/strict';
import { gather, type Field } from 'flotilla/grid';

/** Values without a pattern, by global index: the same on any layout. */
export function setSome(field: Field, seed = 1): void {
  const { grid, size } = field;
  const values: number[] = [];
  const [nx = 1, ny = 1, nz = 1] = size;
  const first = (d: number) => grid.first[d] ?? 0;
  const global = (d: number) => (grid.topology.periodic[d] ? grid.global[d]! : Infinity);
  const wrapped = (d: number, i: number) => (d < grid.dims ? (first(d) + i) % global(d) : 0);
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const n = wrapped(0, i) + 1009 * wrapped(1, j) + 1000003 * wrapped(2, k) + 7 * seed;
        values.push((((Math.imul(n + 1, 2654435761) >>> 8) % 40009) / 40009) * 4 - 2);
      }
  field.set(values);
}

/** Asserts that the whole field has the bits of one that a single rank has computed. */
export function sameWhole(actual: Field, expected: Field): void {
  const all = gather(actual);
  const alone = gather(expected)!;
  if (all === undefined) return;
  assert.deepEqual(all.shape, alone.shape);
  for (let i = 0; i < alone.data.length; i++)
    if (!Object.is(all.data[i], alone.data[i]))
      assert.fail(
        `${actual.name} on ${actual.grid.topology.dims.join(' × ')} ranks: element ${i} is ${all.data[i]}, alone ${alone.data[i]}`,
      );
}
