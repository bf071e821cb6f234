import { Graph } from './graph.ts';
import type { Node, Op } from './node.ts';

type Term = Node | number;

/** Adding it to a number below 2^51 in magnitude puts the number's nearest integer into the low bits. */
const TO_INTEGER = 1.5 * 2 ** 52;
const MANTISSA_BITS = 52;

/** Formulas on doubles, written in order. */
export class Formula {
  readonly graph: Graph = new Graph();

  add = (a: Term, b: Term): Node => this.#make('add', a, b);
  sub = (a: Term, b: Term): Node => this.#make('sub', a, b);
  mul = (a: Term, b: Term): Node => this.#make('mul', a, b);
  div = (a: Term, b: Term): Node => this.#make('div', a, b);
  abs = (a: Term): Node => this.#make('abs', a);
  neg = (a: Term): Node => this.#make('neg', a);
  floor = (a: Term): Node => this.#make('floor', a);
  nearest = (a: Term): Node => this.#make('nearest', a);
  trunc = (a: Term): Node => this.#make('trunc', a);
  lt = (a: Term, b: Term): Node => this.#make('lt', a, b);
  le = (a: Term, b: Term): Node => this.#make('le', a, b);
  gt = (a: Term, b: Term): Node => this.#make('gt', a, b);
  ge = (a: Term, b: Term): Node => this.#make('ge', a, b);
  eq = (a: Term, b: Term): Node => this.#make('eq', a, b);
  ne = (a: Term, b: Term): Node => this.#make('ne', a, b);
  and = (a: Node, b: Node): Node => this.#make('and', a, b);
  or = (a: Node, b: Node): Node => this.#make('or', a, b);
  not = (a: Node): Node => this.#make('not', a);
  select = (condition: Node, a: Term, b: Term): Node => this.#make('select', condition, a, b);

  /** Horner's rule, from the coefficient of the highest power down. */
  polynomial(x: Node, ...coefficients: readonly number[]): Node {
    const [first, ...rest] = coefficients;
    return rest.reduce((sum: Term, each) => this.add(this.mul(sum, x), each), first!) as Node;
  }

  /** 2^k of a whole k from −1022 to 1023. */
  powerOfTwo(k: Node): Node {
    const shifted = this.graph.shift('ishl', this.add(k, TO_INTEGER), MANTISSA_BITS);
    return this.#make('iadd', shifted, 1);
  }

  /** x · 2^k, rounded once or, where the result is subnormal, as if it were. k from −2044 to 2046. */
  scaled(x: Node, k: Node): Node {
    const half = this.floor(this.mul(k, 0.5));
    return this.mul(this.mul(x, this.powerOfTwo(half)), this.powerOfTwo(this.sub(k, half)));
  }

  /** The exponent of a positive normal number, as a number: 2^e ≤ x < 2^(e + 1). */
  exponent(x: Node): Node {
    const raw = this.#make('ior', this.graph.shift('ishr', x, MANTISSA_BITS), 2 ** MANTISSA_BITS);
    return this.sub(this.sub(raw, 2 ** MANTISSA_BITS), 1023);
  }

  /** The number with the same mantissa from 1 up to 2. */
  mantissa(x: Node): Node {
    const low = this.graph.shift('ishr', this.graph.shift('ishl', x, 12), 12);
    return this.#make('ior', low, 1);
  }

  /** The upper half of a number's bits: its product with another such half is exact. */
  high(x: Node): Node {
    return this.graph.shift('ishl', this.graph.shift('ishr', x, 32), 32);
  }

  /** Magnitude of the first with the sign of the second. */
  withSign(magnitude: Node, sign: Node): Node {
    return this.#make('ior', magnitude, this.#make('iand', sign, -0));
  }

  #make(op: Op, ...terms: readonly Term[]): Node {
    return this.graph.make(
      op,
      ...terms.map((term) => (typeof term === 'number' ? this.graph.constant(term) : term)),
    );
  }
}
