/** 500 random kernels: expressions, selects, loops, places. All engines give the bits of the plain function. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Box } from '../../src/kernel/index.ts';
import { compiledTogether } from './together.ts';
import { args, make, OPTIONS, program } from './random-kernels.ts';
import { result, sameBits } from './rig.ts';

it('500 random kernels: WebAssembly gives the bits of the plain function, and of itself in f32 point by point', () => {
  fc.assert(
    fc.property(program, (source) => {
      const random = make(source);
      sameBits(result(random, 'wasm', OPTIONS, args), result(random, 'interpret', OPTIONS, args), source);
      const single = { ...OPTIONS, type: 'f32' as const };
      const points: Box[] = [];
      for (let j = 0; j < 3; j++) for (let i = 0; i < 7; i++) points.push({ lo: [i, j], hi: [i + 1, j + 1] });
      const whole = result(random, 'wasm', single, args);
      sameBits(whole, result(random, 'wasm', single, args, { boxes: () => points }), source);
      assert.ok(whole.length > 0);
    }),
    { numRuns: 500, seed: 20250601 },
  );
});

it('500 by the C compiler, in f64 and f32', () => {
  const sources = fc.sample(program, { numRuns: 500, seed: 20250602 });
  for (const type of ['f64', 'f32'] as const) {
    const options = { ...OPTIONS, type };
    const kernels = sources.map(make);
    const run = compiledTogether(kernels, options);
    kernels.forEach((random, i) => sameBits(run(i), result(random, 'wasm', options, args), sources[i]));
  }
});

it('some of them through the engine native itself', () => {
  for (const source of fc.sample(program, { numRuns: 5, seed: 20250604 })) {
    const random = make(source);
    sameBits(result(random, 'native', OPTIONS, args), result(random, 'wasm', OPTIONS, args), source);
  }
});
