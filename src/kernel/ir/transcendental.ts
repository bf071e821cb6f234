import { cosine, sine } from './circular.ts';
import { exponential, hyperbolicTangent } from './exponential.ts';
import { Formula } from './formula.ts';
import { logarithm } from './logarithm.ts';
import type { Node, TranscendentalOp } from './node.ts';
import { power } from './power.ts';

/** A function of one or two doubles as a graph of its own. */
export interface Definition {
  readonly arity: number;
  readonly result: Node;
}

const MAKERS: Readonly<Record<TranscendentalOp, (f: Formula, x: Node, y: Node) => Node>> = {
  exp: exponential,
  log: logarithm,
  sin: sine,
  cos: cosine,
  tanh: hyperbolicTangent,
  pow: power,
};
const made = new Map<TranscendentalOp, Definition>();

/**
 * The definition of a transcendental function: branch-free arithmetic that every CPU engine computes alike, within 1 ulp of `Math`. Coefficients and
 * methods are those of FDLIBM (Sun Microsystems, 1993), which JavaScript engines use too.
 */
export function definitionOf(op: TranscendentalOp): Definition {
  let definition = made.get(op);
  if (definition === undefined) {
    const f = new Formula();
    definition = {
      arity: op === 'pow' ? 2 : 1,
      result: MAKERS[op](f, f.graph.parameter(0), f.graph.parameter(1)),
    };
    made.set(op, definition);
  }
  return definition;
}
