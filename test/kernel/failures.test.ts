/** Engines that are not there, what `interpret` reports, derivatives on stretched axes. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  axisTable,
  compile,
  kernel,
  KernelError,
  kindsOf,
  type Axis,
  type Cells,
  type Kernel,
  type Scalar,
} from '../../src/kernel/index.ts';
import * as kernels from './kernels.ts';
import { Rig } from './rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'kernel-failures-'));
after(() => rmSync(folder, { recursive: true }));

function withVariable<T>(name: string, value: string, run: () => T): T {
  const before = process.env[name];
  process.env[name] = value;
  try {
    return run();
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before;
  }
}

describe('engines', () => {
  const rig = new Rig({ n: [5, 3] });
  const args = { next: rig.field('cc'), now: rig.field('cc'), k: 0.25 };
  const bind = (engine: 'native' | 'wasm') => compile(kernels.heat, kindsOf(args), { engine }).bind(args);
  const message = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      assert.ok(error instanceof KernelError);
      assert.equal(error.code, 'ERR_ENGINE');
      return error.message;
    }
    assert.fail('nothing was thrown');
  };

  it('no compiler: what is missing and what to install', () => {
    assert.match(
      withVariable('FLOTILLA_CC', '/nowhere/cc', () => message(() => bind('native'))),
      /^heat: the engine native needs a C compiler: kernel must be compiled once, and \/nowhere\/cc is missing\. Install one \(on Debian: apt-get install gcc libc6-dev\), name it in CC, or use the engine wasm \(ERR_ENGINE\)$/,
    );
  });

  it('a compiler that fails: its words', () => {
    const compiler = join(folder, 'cc');
    writeFileSync(compiler, '#!/bin/sh\necho "out of registers" >&2\nexit 1\n');
    chmodSync(compiler, 0o755);
    assert.match(
      withVariable('FLOTILLA_CC', compiler, () => message(() => bind('native'))),
      /could not be compiled with .*cc:\n {2}out of registers/,
    );
  });

  it('FLOTILLA_KERNEL chooses the engine of the CPU; one that does not exist is refused', () => {
    withVariable('FLOTILLA_KERNEL', 'interpret', () =>
      assert.equal(compile(kernels.heat, kindsOf(args)).engine, 'interpret'),
    );
    assert.equal(
      withVariable('FLOTILLA_KERNEL', 'fortran', () => message(() => bind('wasm'))),
      'heat: there is no engine fortran; there are wasm, native, interpret, gpu (ERR_ENGINE)',
    );
  });
});

describe('interpret', () => {
  const invert: Kernel<{ out: Scalar; f: Scalar }> = kernel((_, { out, f }) => {
    out.here = 1 / f.here;
  });

  it('reports the first point where a value that is not finite arises, once', async () => {
    const rig = new Rig({ n: [4, 3] });
    const args = { out: rig.field('cc'), f: rig.field('cc') };
    const all = rig.all();
    all.fill(2);
    for (const i of [2, 3]) rig.whole()[args.f.offset / 8 + i + rig.pitch] = 0;
    const warnings: string[] = [];
    const listen = (warning: Error) => warnings.push(warning.message);
    process.on('warning', listen);
    compile(invert, kindsOf(args), { engine: 'interpret' }).bind(args).run(rig.box());
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    assert.deepEqual(warnings, ['invert: out becomes Infinity at (2, 1), from finite values']);
  });

  it('asks a field what is wrong with what is read of it', () => {
    const rig = new Rig({ n: [4, 3] });
    const now: Cells = { ...rig.field('cc'), watch: ([i]) => (i === 4 ? 'its halo is stale' : undefined) };
    const args = { next: rig.field('cc'), now, k: 1 };
    const bound = compile(kernels.heat, kindsOf(args), { engine: 'interpret' }).bind(args);
    assert.throws(() => bound.run({ lo: [0, 0], hi: [4, 3] }), {
      code: 'ERR_ARGUMENT',
      message: 'heat: reads now at (4, 0): its halo is stale (ERR_ARGUMENT)',
    });
  });
});

describe('stretched axes', () => {
  const derivatives: Kernel<{ f: Scalar; c: Scalar; e: Scalar; l: Scalar }> = kernel(
    ({ dx, dx2, lerp, x }, { f, c, e, l }) => {
      c.here = dx2(f);
      e.here = dx(f);
      l.here = lerp(f, 'v') - x();
    },
  );

  /** Largest errors against sin' = cos and sin'' = −sin on an axis that is denser in the middle, with n cells. */
  function errors(n: number): [first: number, second: number, linear: number] {
    const rig = new Rig({ n: [n], halo: 2 });
    const vertex = (i: number) => (2 * i) / n - 1 + 0.2 * Math.sin(Math.PI * ((2 * i) / n - 1));
    const table = axisTable(vertex, -3, n + 5);
    const array = rig.whole();
    let at = array.length - 5 * (n + 8);
    const arrays = { vertices: 0, centers: 0, inverseAtVertex: 0, inverseAtCenter: 0, weight: 0 };
    for (const name of Object.keys(arrays) as (keyof typeof arrays)[]) {
      array.set(table[name], at);
      arrays[name] = 8 * (at + 3);
      at += n + 8;
    }
    const axes: Axis[] = [{ arrays, first: 0 }];
    const [f, g] = [rig.field('c'), rig.field('c')];
    const [c, e, l] = [rig.field('c'), rig.field('v'), rig.field('v')];
    for (let i = -2; i < n + 2; i++) {
      array[f.offset / 8 + i] = Math.sin(table.centers[i + 3]!);
      array[g.offset / 8 + i] = table.centers[i + 3]!;
    }
    const run = (field: Cells) => {
      const args = { f: field, c, e, l };
      compile(derivatives, kindsOf(args), { uniform: [false] })
        .bind(args, axes)
        .run({ lo: [0], hi: [n] });
    };
    let [first, second, linear] = [0, 0, 0];
    run(f);
    for (let i = 0; i < n; i++) {
      first = Math.max(first, Math.abs(rig.at(e, i) - Math.cos(vertex(i))));
      second = Math.max(second, Math.abs(rig.at(c, i) + Math.sin(table.centers[i + 3]!)));
    }
    run(g);
    for (let i = 0; i < n; i++) linear = Math.max(linear, Math.abs(rig.at(l, i)));
    return [first, second, linear];
  }

  it('derivatives are of second order, interpolation is exact for linear functions', () => {
    const [coarse, fine] = [errors(64), errors(128)];
    const ratios = [coarse[0] / fine[0], coarse[1] / fine[1]];
    for (const ratio of ratios) assert.ok(Math.abs(ratio - 4) < 0.2, String(ratio));
    assert.ok(fine[2] < 1e-15, String(fine[2]));
  });
});
