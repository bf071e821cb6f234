/** Type tests of `flotilla/grid`: what compiles, and what must not. Checked by `npm run types`. */
/* eslint-disable @typescript-eslint/no-unsafe-argument -- what must not compile */
import {
  architecture,
  field,
  functionField,
  launcher,
  neumann,
  tensorField,
  uniformGrid,
  vectorField,
  type Field,
} from 'flotilla/grid';
import type { Kernel, Scalar, Vector } from 'flotilla/kernel';

export function grids(update: Kernel<{ C: Scalar; q: Vector; dt: number }>): void {
  const plane = uniformGrid(architecture(), { origin: [0, 0], extent: [1, 1], cells: [8, 8] });
  const space = uniformGrid(architecture(), { origin: [0, 0, 0], extent: [1, 1, 1], cells: [8, 8, 8] });
  const launch = launcher(plane);
  const C = field(plane, 'center', { boundary: { x: neumann(), y: [neumann(), undefined] } });
  const q = vectorField(plane);
  const z: Field = vectorField(space).z;
  const yz: Field = tensorField(space).yz;
  launch(update, { C, q, dt: 1 });
  launch(update, { C: 2, q: { x: q.x, y: 0 }, dt: 1 });
  launch(update, { C: functionField(plane, 'cc', (x, y, _, { r }) => x + y * r, { r: 1 }), q, dt: 1 });
  launch(update, { C: z, q: { x: yz, y: z }, dt: 1 }, { within: { lo: [0, 0], hi: [1, 1] } });

  // @ts-expect-error a plane has no third component
  z.set(q.z);
  // @ts-expect-error dt is missing
  launch(update, { C, q });
  // @ts-expect-error a number where the kernel has one
  launch(update, { C, q, dt: C });
  // @ts-expect-error a vector where the kernel has a scalar
  launch(update, { C: q, q, dt: 1 });
  // @ts-expect-error no such argument
  launch(update, { C, q, dt: 1, chi: 2 });
  // @ts-expect-error three numbers for two dimensions
  uniformGrid(architecture(), { origin: [0, 0, 0], extent: [1, 1], cells: [8, 8] });
}
