/** Type tests of `flotilla/kernel`: what compiles, and what must not. Checked by `npm run types`. */
/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/restrict-plus-operands -- what must not compile */
import {
  compile,
  kernel,
  kindsOf,
  type Cells,
  type Given,
  type Kernel,
  type Mask,
  type Scalar,
  type Tensor,
  type Vector,
} from '../../src/kernel/index.ts';

interface Arguments {
  C: Scalar;
  q: Vector;
  tau: Tensor<3>;
  m: Mask;
  dt: number;
  limiter: (a: number, b: number) => number;
}

const all: Kernel<Arguments> = kernel(({ div, dx, lerp }, { C, q, tau, m, dt, limiter }) => {
  C.here -= dt * div(q, m) + limiter(C.at(1, 0), tau.yz.here) + lerp(C, 'vc') + dx(C);
  // @ts-expect-error a Vector of two dimensions has no z
  C.here = q.z.here;
  // @ts-expect-error a field is no number
  C.here = C + 1;
  // @ts-expect-error places are letters c and v
  C.here = lerp(C, 'xy');
  // @ts-expect-error the argument is not declared
  C.here = D.here;
});

declare const cells: Cells;
const tensor = { xx: cells, yy: cells, zz: cells, xy: cells, xz: cells, yz: cells };
const args: Given<Arguments> = {
  C: cells,
  q: { x: cells, y: 0 },
  tau: tensor,
  m: { cc: 1, vc: cells, cv: cells, vv: cells },
  dt: 0.1,
  limiter: (a, b) => Math.min(a, b),
};

/** Only its types are looked at. */
export function types(): void {
  const bind = (given: Given<Arguments>) => compile(all, kindsOf(given)).bind(given);
  bind(args);
  bind({ ...args, C: { fn: (x: number, y: number) => x * y, place: 'cc' } });
  // @ts-expect-error a number is no field
  bind({ ...args, dt: cells });
  // @ts-expect-error an argument is missing
  bind({ C: cells, q: args.q, tau: tensor, m: args.m, dt: 1 });
  // @ts-expect-error an argument is too many
  bind({ ...args, extra: 1 });
  // @ts-expect-error a component is missing
  bind({ ...args, q: { x: cells } });
  // @ts-expect-error a function of other arguments
  bind({ ...args, limiter: (a: string) => a });
  // @ts-expect-error a text is no field
  bind({ ...args, C: 'C' });
}
