/** The numbers of an operator or vector. Complex ones lie in memory as pairs (re, im). */
export type Scalar = 'real' | 'complex';

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** What a sum over entries of this kind gives. */
export type Entry<S extends Scalar> = S extends 'complex' ? Complex : number;

/** Numbers of f64 an entry takes. */
export const width = (scalar: Scalar): 1 | 2 => (scalar === 'complex' ? 2 : 1);

/** Complex if any is. */
export const widest = (...scalars: readonly Scalar[]): Scalar =>
  scalars.includes('complex') ? 'complex' : 'real';
