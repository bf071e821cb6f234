import { centers, flipped, sideOf, type Place, type Side } from './place.ts';

/** Arithmetic that operators are made of: on nodes when a kernel is compiled, on numbers when it is interpreted. */
export interface Algebra<V> {
  readonly dims: number;
  constant(value: number): V;
  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V): V;
  div(a: V, b: V): V;
  sqrt(a: V): V;
  /** Inverse of the spacing along a dimension, at a vertex or a center `offset` from the point. */
  inverse(dim: number, side: Side, offset: number): V;
  /** Weight of the upper center when two centers are interpolated to a vertex. */
  weight(dim: number, offset: number): V;
  /** The same value, now at this place: operators move what `at` leaves. */
  move(value: V, place: Place): V;
}

/** A field with its place; a number has none and is the same everywhere. */
export interface Operand<V> {
  readonly place: Place | undefined;
  at(offset: readonly number[]): V;
}

type Field<V> = Operand<V> & { readonly place: Place };
type Offset = readonly number[];

const isField = <V>(f: Operand<V>): f is Field<V> => f.place !== undefined;

function shifted(offset: Offset, dim: number, by: number): Offset {
  return offset.map((each, d) => (d === dim ? each + by : each));
}

/**
 * Finite differences on staggered grids. Index convention of Chmy.jl (src/GridOperators): centers i − 1 and i stand beside vertex i, vertices i and
 * i + 1 beside center i.
 */
export class Operators<V> {
  readonly #here: Offset;

  constructor(readonly algebra: Algebra<V>) {
    this.#here = Array<number>(algebra.dims).fill(0);
  }

  left(f: Operand<V>, dim: number): V {
    return this.#side(f, dim, this.#here, 0);
  }

  right(f: Operand<V>, dim: number): V {
    return this.#side(f, dim, this.#here, 1);
  }

  difference(f: Operand<V>, dim: number): V {
    return this.#difference(f, dim, this.#here);
  }

  derivative(f: Operand<V>, dim: number): V {
    return this.#derivative(f, dim, this.#here);
  }

  second(f: Operand<V>, dim: number): V {
    return this.#acrossFaces(f, dim, (offset) => this.#derivative(f, dim, offset));
  }

  /** d(k df): k at the faces of f. */
  weighted(k: Operand<V>, f: Operand<V>, dim: number): V {
    const { algebra } = this;
    return this.#acrossFaces(f, dim, (offset, face) =>
      algebra.mul(this.#interpolate(k, face, offset, false), this.#derivative(f, dim, offset)),
    );
  }

  divergence(components: readonly Operand<V>[]): V {
    return this.#sum(components.map((f, dim) => this.derivative(f, dim)));
  }

  laplacian(f: Operand<V>): V {
    return this.#sum(this.#here.map((_, dim) => this.second(f, dim)));
  }

  weightedLaplacian(k: Operand<V>, f: Operand<V>): V {
    return this.#sum(this.#here.map((_, dim) => this.weighted(k, f, dim)));
  }

  magnitude(components: readonly Operand<V>[]): V {
    const { algebra } = this;
    const squares = components.map((f) => {
      const value = this.interpolate(f, centers(algebra.dims), false);
      return algebra.mul(value, value);
    });
    return algebra.sqrt(this.#sum(squares));
  }

  interpolate(f: Operand<V>, to: Place, harmonic: boolean): V {
    return this.#interpolate(f, to, this.#here, harmonic);
  }

  #sum(values: readonly V[]): V {
    return values.reduce((sum, value) => this.algebra.add(sum, value));
  }

  /** The lower (0) or upper (1) neighbor of the point at the flipped place, `offset` from here. */
  #side(f: Operand<V>, dim: number, offset: Offset, upper: number): V {
    if (!isField(f)) return f.at(offset);
    const by = sideOf(f.place, dim) === 'c' ? upper - 1 : upper;
    return this.algebra.move(f.at(shifted(offset, dim, by)), flipped(f.place, dim));
  }

  #difference(f: Operand<V>, dim: number, offset: Offset): V {
    if (!isField(f)) return this.algebra.constant(0);
    return this.algebra.sub(this.#side(f, dim, offset, 1), this.#side(f, dim, offset, 0));
  }

  #derivative(f: Operand<V>, dim: number, offset: Offset): V {
    const difference = this.#difference(f, dim, offset);
    if (!isField(f)) return difference;
    const side = sideOf(flipped(f.place, dim), dim);
    return this.algebra.mul(difference, this.algebra.inverse(dim, side, offset[dim]!));
  }

  /** Difference of something at the two faces of f, over the spacing between them, at the place of f. */
  #acrossFaces(f: Operand<V>, dim: number, at: (offset: Offset, face: Place) => V): V {
    const { algebra } = this;
    if (!isField(f)) return algebra.constant(0);
    const { place } = f;
    const side = sideOf(place, dim);
    const lower = side === 'c' ? 0 : -1;
    const face = flipped(place, dim);
    const [below, above] = [lower, lower + 1].map((by) => at(shifted(this.#here, dim, by), face));
    const difference = algebra.sub(above!, below!);
    return algebra.move(algebra.mul(difference, algebra.inverse(dim, side, 0)), place);
  }

  /** The last dimension is interpolated last. */
  #interpolate(f: Operand<V>, to: Place, offset: Offset, harmonic: boolean): V {
    if (!isField(f)) return f.at(offset);
    const { algebra } = this;
    const from = f.place;
    const along = (dim: number, at: Offset): V => {
      if (dim < 0) return algebra.move(f.at(at), to);
      const side = sideOf(from, dim);
      if (side === sideOf(to, dim)) return along(dim - 1, at);
      const lower = side === 'c' ? -1 : 0;
      const a = along(dim - 1, shifted(at, dim, lower));
      const b = along(dim - 1, shifted(at, dim, lower + 1));
      const weight = side === 'c' ? algebra.weight(dim, offset[dim]!) : algebra.constant(0.5);
      return harmonic ? this.#harmonic(weight, a, b) : this.#linear(weight, a, b);
    };
    return along(algebra.dims - 1, offset);
  }

  #linear(weight: V, a: V, b: V): V {
    const { algebra } = this;
    return algebra.add(a, algebra.mul(weight, algebra.sub(b, a)));
  }

  #harmonic(weight: V, a: V, b: V): V {
    const { algebra } = this;
    const inverse = (value: V) => algebra.div(algebra.constant(1), value);
    return inverse(this.#linear(weight, inverse(a), inverse(b)));
  }
}
