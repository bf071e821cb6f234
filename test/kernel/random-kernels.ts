/** Sources of random kernels: expressions, selects, loops, functions, at centers and at faces. */
import fc from 'fast-check';
import { kernel, type Given, type Kernel, type Point, type Scalar } from '../../src/kernel/index.ts';
import { evaluated, type Rig } from './rig.ts';

/** Arguments of all random kernels: fields at centers and at faces, a number that may be used as a field. */
export interface Fields {
  a: Scalar;
  b: Scalar;
  e: Scalar;
  out: Scalar;
  edge: Scalar;
  s: number;
}

const number = fc.oneof(
  fc.integer({ min: -4, max: 4 }).map((n) => (n < 0 ? `(${n})` : String(n))),
  fc.double({ min: -3, max: 3, noNaN: true }).map((n) => `(${String(n)})`),
  fc.constant('s'),
);
const offset = fc.integer({ min: -2, max: 2 });
const center = fc.oneof(
  fc.constantFrom(
    'a.here',
    'b.here',
    'lerp(e, a)',
    'dx(e)',
    'dx2(a)',
    'lap(b)',
    'divGrad(a, b)',
    'dkdx(b, a)',
    'hlerp(e, "cc")',
  ),
  fc.tuple(fc.constantFrom('a', 'b'), offset, offset).map(([f, x, y]) => `${f}.at(${x}, ${y})`),
);
const face = fc.constantFrom(
  'e.here',
  'dx(a)',
  'leftx(b)',
  'rightx(a)',
  'diffx(b)',
  'lerp(a, e)',
  'e.at(1, -1)',
  'hlerp(b, "vc")',
);

/** Expressions whose values live at one place. */
const expressions = (leaf: fc.Arbitrary<string>, ...names: readonly string[]): fc.Arbitrary<string> =>
  fc.letrec<{ value: string; condition: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      number,
      fc.constantFrom('i()', 'j()', 'x()', 'y()', ...names),
      fc
        .tuple(tie('value'), fc.constantFrom('+', '-', '*', '/'), tie('value'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc
        .tuple(
          fc.constantFrom('Math.sqrt', 'Math.abs', 'Math.floor', 'Math.ceil', 'Math.trunc', 'Math.sign', '-'),
          tie('value'),
        )
        .map(([f, a]) => `${f}(${a})`),
      fc
        .tuple(fc.constantFrom('Math.min', 'Math.max', 'mix'), tie('value'), tie('value'))
        .map(([f, a, b]) => `${f}(${a}, ${b})`),
      fc.tuple(tie('condition'), tie('value'), tie('value')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      tie('value').map((a) => `(${a}) ** 2`),
    ),
    condition: fc.oneof(
      { depthSize: 'small' },
      fc
        .tuple(tie('value'), fc.constantFrom('<', '<=', '>', '>=', '===', '!=='), tie('value'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc
        .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      tie('condition').map((c) => `!(${c})`),
    ),
  })).value;

export const program: fc.Arbitrary<string> = fc
  .record({
    start: number,
    first: expressions(center, 't'),
    turns: fc.integer({ min: 0, max: 4 }),
    turn: expressions(center, 't'),
    decide: expressions(center, 't'),
    edge: expressions(face),
    mix: fc.constantFrom('p + q * 0.5', 'p < q ? p : q - 1', 'q'),
  })
  .map(
    ({
      start,
      first,
      turns,
      turn,
      decide,
      edge,
      mix,
    }) => `({ dx, dx2, lap, divGrad, dkdx, lerp, hlerp, leftx, rightx, diffx, i, j, x, y }, { a, b, e, out, edge, s }) => {
  const mix = (p, q) => ${mix};
  let t = ${start};
  out.here = ${first};
  for (let n = 0; n < ${turns}; n++) { t = t * 0.5 + n; out.here += (${turn}) * n; }
  if (out.here > 0) { out.here = ${decide}; } else t = 2;
  out.here -= t;
  edge.here = ${edge};
}`,
  );

export const args = (rig: Rig): Given<Fields> => ({
  ...{
    a: rig.field('cc'),
    b: rig.field('cc'),
    e: rig.field('vc'),
    out: rig.field('cc'),
    edge: rig.field('vc'),
    s: 0.75,
  },
});
export const OPTIONS: { readonly n: readonly number[]; readonly halo: number } = { n: [6, 2], halo: 3 };
export const make = (source: string): Kernel<Fields> =>
  kernel(evaluated<(point: Point, args: Fields) => void>(source), { name: 'random' });
