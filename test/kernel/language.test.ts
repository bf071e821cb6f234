/** What the language refuses, with its messages; what it takes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  compile,
  kernel,
  kindsOf,
  KernelError,
  type Kernel,
  type Point,
  type Scalar,
  type Vector,
} from '../../src/kernel/index.ts';
import * as kernels from './kernels.ts';
import { evaluated, Rig } from './rig.ts';

interface Arguments {
  A: Scalar;
  B: Scalar;
  q: Vector;
  n: number;
}

const rig = new Rig({ n: [4, 3] });
const given = { A: rig.field('cc'), B: rig.field('cc'), q: { x: rig.field('vc'), y: rig.field('cv') }, n: 2 };
const OUTSIDE = rig.dims;

function refusal(fn: (point: Point, args: Arguments) => void): KernelError {
  const made: Kernel<Arguments> = kernel(fn, { name: 'k' });
  try {
    compile(made, kindsOf(given));
  } catch (error) {
    assert.ok(error instanceof KernelError);
    assert.equal(error.kernel, 'k');
    assert.equal(error.operation, 'kernel');
    return error;
  }
  assert.fail('it was not refused');
}

const REFUSED: Record<string, [(point: Point, args: Arguments) => void, message: string | RegExp]> = {
  'a name from outside': [
    (_, { A }) => {
      A.here = OUTSIDE;
    },
    'k: OUTSIDE is neither a parameter nor declared in the kernel; give it as an argument (ERR_SCOPE)',
  ],
  'a sum across places': [
    ({ dx, dy }, { A, q }) => {
      q.x.here = dx(A) + dy(A);
    },
    /^k: combines values at \(vc\) and \(cv\): dx\(A\) ?\+ ?dy\(A\) \(ERR_PLACE\)$/,
  ],
  'operators that meet at two places': [
    ({ div }, { A, q }) => {
      A.here = div({ x: q.x, y: q.y });
    },
    /^k: .* is not part of the language of kernels \(ERR_SYNTAX\)$/,
  ],
  'a store at another place': [
    (_, { A, q }) => {
      A.here = q.x.here;
    },
    /^k: stores a value at \(vc\) into A at \(cc\): A\.here ?= ?q\.x\.here \(ERR_PLACE\)$/,
  ],
  'a race': [
    (_, { A }) => {
      A.here = A.at(1, 0);
    },
    /^k: A\.at\(1, ?0\) reads neighbors of A, which is written; a kernel reads what it writes only at the point \(A\.here\): write into another field \(ERR_RACE\)$/,
  ],
  'a race through an operator': [
    ({ lap }, { A }) => {
      A.here = lap(A);
    },
    /^k: lap\(A\) reads neighbors of A, .*\(ERR_RACE\)$/,
  ],
  'an offset that is not constant': [
    (_, { A, B, n }) => {
      A.here = B.at(n, 0);
    },
    /^k: B\.at\(n, ?0\) needs whole offsets that are known at compile time \(ERR_CONSTANT\)$/,
  ],
  'an offset in a dimension that is not there': [
    (_, { A, B }) => {
      A.here = B.at(0, 0, 1);
    },
    /^k: B\.at\(0, ?0, ?1\) has an offset in dimension 3 of a grid of 2 \(ERR_CONSTANT\)$/,
  ],
  'a bound that is not constant': [
    (_, { A, n }) => {
      for (let i = 0; i < n; i++) A.here += i;
    },
    /^k: a loop needs bounds that are known at compile time: i ?< ?n \(ERR_CONSTANT\)$/,
  ],
  'a loop of more than 1000 turns': [
    (_, { A }) => {
      for (let i = 0; i < 1001; i++) A.here += i;
    },
    /^k: a loop takes more than 1000 turns: i ?< ?1001 \(ERR_CONSTANT\)$/,
  ],
  'an exponent that is not whole': [
    (_, { A, n }) => {
      A.here = A.here ** n;
    },
    /^k: A\.here ?\*\* ?n needs a whole exponent from 1 to 8 that is known at compile time; others are for Math\.pow \(ERR_CONSTANT\)$/,
  ],
  while: [
    (_, { A }) => {
      while (A.here > 1) A.here -= 1;
    },
    /^k: while ?\(.* is not part of the language of kernels \(ERR_SYNTAX\)$/,
  ],
  var: [
    (_, { A }) => {
      // eslint-disable-next-line no-var -- what is refused
      var x = 1;
      A.here = x;
    },
    /^k: var x ?= ?1;?: variables are declared by const and let \(ERR_SYNTAX\)$/,
  ],
  'an assignment to a constant': [
    (_, { A }) => {
      const x = 1;
      A.here = x;
      (x as number)++;
    },
    /^k: assigns to x, which is a constant: x\+\+ \(ERR_SYNTAX\)$/,
  ],
  'another function of Math': [
    (_, { A }) => {
      A.here = Math.round(A.here);
    },
    /^k: Math\.round\(A\.here\) is not part of the language of kernels; of Math it knows abs ceil cos exp floor log max min pow sign sin sqrt tanh trunc and constants \(ERR_SYNTAX\)$/,
  ],
  'a remainder': [
    (_, { A }) => {
      A.here = A.here % 2;
    },
    /^k: the operator % is not part of the language of kernels: .* \(ERR_SYNTAX\)$/,
  ],
  'a field as a number': [
    (_, { A, B }) => {
      A.here = (B as unknown as number) + 1;
    },
    'k: B is no number; its value at the point is .here, at a neighbor .at(…) (ERR_SYNTAX)',
  ],
  'a value given to an operator': [
    ({ dx }, { A, q }) => {
      q.x.here = dx(A.here);
    },
    'k: dx(A.here): operators take fields, not their values; store the value in a field first (ERR_SYNTAX)',
  ],
  'a third dimension': [
    ({ dz }, { A }) => {
      A.here = dz(A);
    },
    'k: dz(A) needs 3 dimensions, and the grid has 2 (ERR_SYNTAX)',
  ],
  'an argument that is not given': [
    (_, args) => {
      args.A.here = (args as unknown as { D: Scalar }).D.here;
    },
    'k: the argument D is not given (ERR_ARGUMENT)',
  ],
  'a store into a number': [
    (_, args) => {
      (args as unknown as { n: Scalar }).n.here = 1;
    },
    'k: args.n is given as a number and cannot be written (ERR_ARGUMENT)',
  ],
  this: [
    function (this: number, _: Point, { A }: Arguments) {
      A.here = this;
    },
    'k: uses this: a kernel is an arrow function that knows its parameters, Math and what it declares (ERR_SYNTAX)',
  ],
  'a function that calls itself': [
    (_, { A }) => {
      const f = (x: number): number => f(x) + 1;
      A.here = f(1);
    },
    /^k: (?:f is used before it is declared \(ERR_SCOPE\)|f\(x\) calls itself.*)$/,
  ],
};
const WHAT =
  'a kernel is an arrow function (point, arguments) => { … } that uses its parameters, Math and what it declares (ERR_SYNTAX)';
const SHAPES: Record<string, [unknown, string]> = {
  // eslint-disable-next-line @typescript-eslint/require-await -- what is refused
  async: [async () => undefined, `k: the kernel is async: ${WHAT}`],
  'a generator': [
    function* () {
      return;
    },
    `k: the kernel is a generator: ${WHAT}`,
  ],
  native: [Math.sin, `k: the kernel is a native or bound function, whose source is not known: ${WHAT}`],
  bound: [
    (() => undefined).bind(null),
    `k: the kernel is a native or bound function, whose source is not known: ${WHAT}`,
  ],
  'a method': [
    Object.values({
      method() {
        return;
      },
    })[0],
    `k: the kernel is a method or a class: ${WHAT}`,
  ],
};

describe('refused', () => {
  for (const [what, [fn, message]] of Object.entries(REFUSED)) {
    it(what, () => {
      const error = refusal(fn);
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.ok(error.message.endsWith(`(${error.code})`));
    });
  }
  for (const [what, [fn, message]] of Object.entries(SHAPES))
    it(what, () => assert.equal(refusal(fn as (point: Point, args: Arguments) => void).message, message));

  it('a name that a coverage tool put there', () => {
    const fn = evaluated<(point: Point, args: Arguments) => void>(
      '(_, { A }) => { cov_1x().s[0]++; A.here = 1; }',
    );
    assert.match(
      refusal(fn).message,
      /^k: cov_1x is neither .*; a coverage tool put it there: leave the files of kernels out of coverage/,
    );
  });
});

describe('arguments', () => {
  const code = (run: () => void) => {
    try {
      run();
    } catch (error) {
      return error instanceof KernelError ? error.message : String(error);
    }
    return 'nothing was thrown';
  };
  const { heat } = kernels;

  it('fields of two types, of two grids; one field under two names; a box beyond the memory', () => {
    const single = new Rig({ n: [4, 3], type: 'f32' }).field('cc');
    const other = new Rig({ n: [9, 3] }).field('cc');
    const { A, B } = given;
    const mixed = { next: A, now: single, k: 1 };
    assert.equal(
      code(() => compile(heat, kindsOf(mixed))),
      'heat: next is of f64 and now of f32: a kernel computes in one type (ERR_ARGUMENT)',
    );
    const bind = (
      args: Parameters<
        ReturnType<typeof compile<typeof heat extends Kernel<infer T> ? T : never>>['bind']
      >[0],
    ) => compile(heat, kindsOf(args)).bind(args);
    assert.equal(
      code(() => bind({ next: A, now: other, k: 1 })),
      'heat: next and now belong to different grids: their memory, pitch and plane must be the same (ERR_ARGUMENT)',
    );
    assert.equal(
      code(() => bind({ next: A, now: A, k: 1 })),
      'heat: next and now are the same field, and next is written: give the field once (ERR_RACE)',
    );
    const before = rig.all().slice();
    for (const engine of ['wasm', 'interpret'] as const) {
      const args = { next: A, now: B, k: 1 };
      const bound = compile(heat, kindsOf(args), { engine }).bind(args);
      assert.equal(
        code(() => bound.run({ lo: [-2, 0], hi: [4, 3] })),
        'heat: needs now from -3 to 5 in dimension 0, and it has -2 to 7 (ERR_ARGUMENT)',
      );
    }
    assert.deepEqual(rig.all(), before);
  });

  it('a store into a number or a function field is refused by name', () => {
    const { B } = given;
    assert.equal(
      code(() => compile(heat, kindsOf({ next: 1, now: B, k: 1 }))),
      'heat: next is given as a number and cannot be written (ERR_ARGUMENT)',
    );
    const next = { fn: (x: number) => x, place: 'cc' };
    assert.equal(
      code(() => compile(heat, kindsOf({ next, now: B, k: 1 }))),
      'heat: next is given as a function of the place and cannot be written (ERR_ARGUMENT)',
    );
  });

  it('a kernel is named for the constant that it is', () => {
    assert.equal(kernels.operators.name, 'operators');
    assert.equal(kernels.heat.name, 'heat');
    assert.equal(kernel(() => undefined, { name: 'given' }).name, 'given');
  });
});

describe('facts', () => {
  it('reads, writes, reach, diagonal, flops, bytes', () => {
    const { A, B, q } = given;
    const heat = compile(kernels.heat, kindsOf({ next: A, now: B, k: 1 }));
    assert.deepEqual(heat.writes, ['next']);
    assert.deepEqual([...heat.reach], [['now', { low: [-1, -1], high: [1, 1] }]]);
    assert.equal(heat.reads.get('now')!.length, 5);
    // Four sums, two products, two more sums.
    assert.deepEqual([heat.diagonal, heat.flops, heat.bytes], [false, 7, 16]);
    const update = compile(kernels.update, kindsOf({ C: A, q, dt: 1 }));
    assert.deepEqual(
      [update.reach.get('q.x'), update.reach.get('C')],
      [
        { low: [0, 0], high: [1, 0] },
        { low: [0, 0], high: [0, 0] },
      ],
    );
    assert.equal(update.bytes, 32);
    const corner = kernel((_, { A, B }: { A: Scalar; B: Scalar }) => {
      A.here = B.at(1, -1);
    });
    assert.equal(compile(corner, kindsOf({ A, B })).diagonal, true);
  });
});
