import type { Part, Tracer } from './tracer.ts';
import type { Quantity } from './values.ts';

const MOST = 8;

/** Whether a number is an exponent that is multiplied out. */
export function isWholePower({ node }: Quantity): boolean {
  return node.op === 'const' && Number.isInteger(node.value) && node.value >= 1 && node.value <= MOST;
}

/** `**` with a constant exponent: repeated multiplication, by squares. Compilers write it as `Math.pow`, which so means the same. */
export function power(t: Tracer, part: Part, base: Quantity, exponent: Quantity): Quantity {
  if (!isWholePower(exponent)) {
    const why = `needs a whole exponent from 1 to ${MOST} that is known at compile time; others are for Math.pow`;
    return t.fail('ERR_CONSTANT', part, (words) => `${words} ${why}`);
  }
  const raise = (n: number): Quantity => {
    if (n === 1) return base;
    const half = raise(n >> 1);
    const square = t.make('mul', part, half, half);
    return n % 2 === 0 ? square : t.make('mul', part, square, base);
  };
  return raise(exponent.node.value);
}
