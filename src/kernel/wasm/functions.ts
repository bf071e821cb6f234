import { uses, type TranscendentalOp } from '../ir/node.ts';
import { definitionOf } from '../ir/transcendental.ts';
import { Emitter } from './emitter.ts';
import { Code } from './instructions.ts';
import { scalarShape, vectorShape } from './shape.ts';

/** Transcendental functions of a module, each made when it is first called. */
export class Functions {
  readonly made: Code[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(
    /** Number of the first. */
    readonly first: number,
  ) {}

  /** Number of the function that computes one on doubles, or on vectors of two. */
  number(op: TranscendentalOp, vector: boolean): number {
    const name = vector ? `${op}_v` : op;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const { result, arity } = definitionOf(op);
    const shape = vector ? vectorShape('f64') : scalarShape('f64');
    const code = new Code(name, Array<typeof shape.number>(arity).fill(shape.number), [shape.number]);
    const emitter = new Emitter(code, shape, uses([result]), {
      leaf: ({ dim }) => void code.get(dim),
      outer: () => undefined,
      callee: (inner, wide) => this.number(inner, wide),
    });
    emitter.value(result);
    this.made.push(code);
    const number = this.first + this.made.length - 1;
    this.#numbers.set(name, number);
    return number;
  }
}
