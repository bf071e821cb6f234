import type { Operand, Operators } from './operators.ts';
import type { Place } from './place.ts';

export const DIMENSIONS = ['x', 'y', 'z'] as const;
export const INDICES = ['i', 'j', 'k'] as const;

type Along = <V>(operators: Operators<V>, f: Operand<V>, dim: number) => V;

/** Operators of one field along one dimension; their names end with it. */
const ALONG: Readonly<Record<string, Along>> = {
  d: (operators, f, dim) => operators.derivative(f, dim),
  left: (operators, f, dim) => operators.left(f, dim),
  right: (operators, f, dim) => operators.right(f, dim),
  diff: (operators, f, dim) => operators.difference(f, dim),
};

/** All names that the point has. */
export const POINT_NAMES: readonly string[] = [
  ...DIMENSIONS.flatMap((x) => [...Object.keys(ALONG).map((name) => name + x), `d${x}2`, `dkd${x}`, x]),
  ...INDICES,
  ...['div', 'lap', 'divGrad', 'vmag', 'lerp', 'hlerp'],
];

/** Arguments of an operator's call, as the engine that calls it knows them. */
export interface OperatorArguments<V> {
  /** A field or a number, its values multiplied by the mask in the last place if there is one. */
  field(index: number, maskAt?: number): Operand<V>;
  /** Components of a vector field. */
  vector(index: number, maskAt: number): Operand<V>[];
  /** Place of a field, or by its letters. */
  like(index: number): Place;
}

/** Dimension that an operator works along; undefined for those of all dimensions. */
export function dimensionOf(name: string): number | undefined {
  const letter = /^(?:d|left|right|diff|dkd)?([xyz])2?$/.exec(name)?.[1];
  return letter === undefined ? undefined : DIMENSIONS.findIndex((x) => x === letter);
}

/** Applies an operator by its name. */
export function applyOperator<V>(name: string, operators: Operators<V>, args: OperatorArguments<V>): V {
  const dim = dimensionOf(name);
  if (name === 'lerp' || name === 'hlerp')
    return operators.interpolate(args.field(0, 2), args.like(1), name === 'hlerp');
  if (name === 'divGrad') return operators.weightedLaplacian(args.field(0), args.field(1, 2));
  if (name === 'div') return operators.divergence(args.vector(0, 1));
  if (name === 'vmag') return operators.magnitude(args.vector(0, 1));
  if (name === 'lap' || dim === undefined) return operators.laplacian(args.field(0, 1));
  if (name.startsWith('dk')) return operators.weighted(args.field(0), args.field(1, 2), dim);
  if (name.endsWith('2')) return operators.second(args.field(0, 1), dim);
  return ALONG[name.slice(0, -1)]!(operators, args.field(0, 1), dim);
}
