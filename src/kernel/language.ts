import type { Cells, FunctionField } from './fields.ts';

/** A field of numbers, as a kernel sees it at its point. */
export interface Scalar {
  /** Value at the point. After an assignment: the value assigned. */
  here: number;
  /** Value at a neighbor. Offsets must be known when the kernel is compiled; those left out are 0. */
  at(dx: number, dy?: number, dz?: number): number;
}

type Dimensions = 1 | 2 | 3;

/** A vector field: component d lives at vertices in dimension d, at centers in the others. */
export type Vector<N extends Dimensions = 2> = Pick<{ x: Scalar; y: Scalar; z: Scalar }, Components[N]>;
interface Components {
  1: 'x';
  2: 'x' | 'y';
  3: 'x' | 'y' | 'z';
}

/** A symmetric tensor field: its diagonal at centers, xy at vertices in x and y. */
export type Tensor<N extends Dimensions = 2> = Pick<
  { xx: Scalar; yy: Scalar; zz: Scalar; xy: Scalar; xz: Scalar; yz: Scalar },
  TensorComponents[N]
>;
interface TensorComponents {
  1: 'xx';
  2: 'xx' | 'yy' | 'xy';
  3: 'xx' | 'yy' | 'zz' | 'xy' | 'xz' | 'yz';
}

/** Places of N dimensions, x first. */
export type PlaceOf<N extends Dimensions = Dimensions> = Places[N];
interface Places {
  1: 'c' | 'v';
  2: `${'c' | 'v'}${'c' | 'v'}`;
  3: `${'c' | 'v'}${'c' | 'v'}${'c' | 'v'}`;
}

/** A factor at each place: 0 outside of the domain, 1 inside. */
export type Mask<N extends Dimensions = 2> = Readonly<Record<PlaceOf<N>, Scalar>>;

type AnyVector = Vector<1> | Vector | Vector<3>;
type AnyMask = Mask<1> | Mask | Mask<3>;
type Operand = Scalar | number;
/** An operator of one field. With a mask each value is multiplied by the mask at its place. */
export type Operator = (f: Operand, mask?: AnyMask) => number;
/** An operator of a coefficient and a field; the coefficient is interpolated to the faces and not masked. */
export type WeightedOperator = (k: Operand, f: Operand, mask?: AnyMask) => number;
/** Interpolation to the place of a field, or to a place by its letters. */
export type Interpolation = (f: Operand, like: Scalar | PlaceOf, mask?: AnyMask) => number;
type PointFunction = () => number;

/**
 * First parameter of a kernel: operators that know where fields live, and the point itself. Index convention: from centers i − 1 and i to vertex i;
 * from vertices i and i + 1 to center i.
 */
export interface Point {
  /** Derivative along x, at the flipped place. */
  readonly dx: Operator;
  readonly dy: Operator;
  readonly dz: Operator;
  /** Second derivative along x, at the field's own place. */
  readonly dx2: Operator;
  readonly dy2: Operator;
  readonly dz2: Operator;
  /** Neighbor of lower index along x, seen from the flipped place. */
  readonly leftx: Operator;
  readonly lefty: Operator;
  readonly leftz: Operator;
  /** Neighbor of higher index. */
  readonly rightx: Operator;
  readonly righty: Operator;
  readonly rightz: Operator;
  /** `right − left`. */
  readonly diffx: Operator;
  readonly diffy: Operator;
  readonly diffz: Operator;
  /** d(k df/dx)/dx, at the place of f. */
  readonly dkdx: WeightedOperator;
  readonly dkdy: WeightedOperator;
  readonly dkdz: WeightedOperator;
  /** Divergence of a vector field, at centers. */
  readonly div: (v: AnyVector, mask?: AnyMask) => number;
  /** Sum of second derivatives. */
  readonly lap: Operator;
  /** Divergence of k times the gradient of f. */
  readonly divGrad: WeightedOperator;
  /** Magnitude of a vector field, interpolated to centers. */
  readonly vmag: (v: AnyVector, mask?: AnyMask) => number;
  /** Linear interpolation. */
  readonly lerp: Interpolation;
  /** Harmonic interpolation: the inverse of the interpolated inverses. */
  readonly hlerp: Interpolation;
  /** Coordinates at the place of what is written. */
  readonly x: PointFunction;
  readonly y: PointFunction;
  readonly z: PointFunction;
  /** Global indices. */
  readonly i: PointFunction;
  readonly j: PointFunction;
  readonly k: PointFunction;
}

/** What a caller gives for arguments of types `A`: for a Scalar cells, a number or a function of the place. */
export type Given<A> = {
  readonly [K in keyof A]: A[K] extends Scalar
    ? Cells | FunctionField | number
    : A[K] extends number
      ? number
      : A[K] extends (...args: never[]) => unknown
        ? A[K]
        : Given<A[K]>;
};
