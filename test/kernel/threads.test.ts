/** Helper threads: a run cut among them gives the bits of one thread. */
import { it } from 'node:test';
import { compile, kindsOf } from '../../src/kernel/index.ts';
import * as kernels from './kernels.ts';
import { Rig, sameBits, unitAxes } from './rig.ts';

for (const engine of ['wasm', 'native'] as const)
  it(`two, three and seven threads, ${engine}: the same bits, many runs in turn`, () => {
    const run = (threads: number) => {
      const rig = new Rig({ n: [31, 13] });
      const [a, b] = [rig.field('cc'), rig.field('cc')];
      const turns = [
        { next: a, now: b, k: 0.1 },
        { next: b, now: a, k: 0.1 },
      ].map((args) => compile(kernels.heat, kindsOf(args), { engine, threads }).bind(args, unitAxes(2)));
      for (let turn = 0; turn < 200; turn++) turns[turn % 2]!.run({ lo: [0, 0], hi: [31, turn % 14] });
      return rig.all();
    };
    const one = run(1);
    sameBits(run(2), one, 'two threads');
    sameBits(run(3), one, 'three threads');
    sameBits(run(7), one, 'seven threads, more than there are cores');
  });
