/** Kernels through compilers and minifiers: the same module bytes as from the source. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import ts from 'typescript';
import { compile, kindsOf, type Kernel } from '../../src/kernel/index.ts';
import type { Plan } from '../../src/kernel/engine.ts';
import { WasmEngine } from '../../src/kernel/wasm/engine.ts';
import * as kernels from './kernels.ts';
import { Rig } from './rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'kernel-sources-'));
after(() => rmSync(folder, { recursive: true }));
const SOURCE = readFileSync(fileURLToPath(new URL('kernels.ts', import.meta.url)), 'utf8');
const ROOM = pathToFileURL(fileURLToPath(new URL('../../src/kernel/index.ts', import.meta.url))).href;

const COMPILERS: Record<string, () => Promise<string>> = {
  'esbuild with kept names, as tsx does': async () =>
    (await transform(SOURCE, { loader: 'ts', keepNames: true, target: 'node20' })).code,
  'esbuild --minify': async () =>
    (await transform(SOURCE, { loader: 'ts', minify: true, target: 'node20' })).code,
  'esbuild --minify with kept names': async () =>
    (await transform(SOURCE, { loader: 'ts', minify: true, keepNames: true, target: 'node20' })).code,
  'esbuild for ES2015': async () => (await transform(SOURCE, { loader: 'ts', target: 'es2015' })).code,
  'tsc for ES2015': () =>
    Promise.resolve(
      ts.transpileModule(SOURCE, {
        compilerOptions: { target: ts.ScriptTarget.ES2015, module: ts.ModuleKind.ESNext },
      }).outputText,
    ),
};

const rig = new Rig({ n: [5, 4] }, 32);
const vector = { x: rig.field('vc'), y: rig.field('cv') };
const tensor = { xx: rig.field('cc'), yy: rig.field('cc'), xy: rig.field('vv') };
const other = { x: rig.field('vc'), y: rig.field('cv') };
const old = { xx: rig.field('cc'), yy: rig.field('cc'), xy: rig.field('vv') };
const [a, b, c] = [rig.field('cc'), rig.field('cc'), rig.field('cc')];
const rho = { fn: (x: number, y: number) => (x ** 2 + y ** 2 < 1 ? 1 : 0), place: 'cv' };
const mask = { cc: a, vc: vector.x, cv: vector.y, vv: tensor.xy };
const ARGUMENTS: Record<string, object> = {
  flux: { q: vector, C: a, chi: 1 },
  update: { C: a, q: vector, dt: 1 },
  heat: { next: a, now: b, k: 1 },
  updateOld: { T: a, tau: tensor, TOld: b, tauOld: old },
  stress: {
    tau: tensor,
    Pr: a,
    divV: b,
    V: vector,
    tauOld: old,
    eta: 1,
    etaVe: 1,
    G: 1,
    dt: 1,
    dtauPr: 1,
    dtauR: 1,
  },
  velocity: { V: vector, rV: other, Pr: a, tau: tensor, rhogy: rho, etaVe: 1, nudtau: 1 },
  thermalFlux: { qT: other, T: a, V: vector, lambda: 1 },
  thermal: { T: a, TOld: b, qT: vector, dt: 1 },
  operators: { f: a, k: b, v: vector, c, e: other.x, n: other.y, o: tensor.xy },
  masked: { f: a, k: b, v: vector, m: mask, c, e: other.x },
  control: { out: c, f: a, limiter: (p: number, q: number) => (p * q > 0 ? Math.min(p, q) : 0) },
};

/** The module of a kernel, as `wasm` compiles it. */
function moduleBytes(kernel: Kernel<object>, args: object): Uint8Array {
  const compiled = compile(kernel, kindsOf(args), { engine: 'wasm' });
  assert.ok('plan' in compiled);
  return new WasmEngine(compiled.plan as Plan).bytes(rig.pitch, rig.plane);
}

describe('sources', () => {
  for (const [name, code] of Object.entries(COMPILERS))
    it(name, async () => {
      const file = join(folder, `${name.replaceAll(/\W/g, '-')}.mjs`);
      writeFileSync(
        file,
        (await code()).replaceAll(/["']\.\.\/\.\.\/src\/kernel\/index\.ts["']/g, JSON.stringify(ROOM)),
      );
      const made = (await import(pathToFileURL(file).href)) as Readonly<Record<string, Kernel<object>>>;
      const original = kernels as unknown as Readonly<Record<string, Kernel<object>>>;
      for (const [key, args] of Object.entries(ARGUMENTS)) {
        const expected = moduleBytes(original[key]!, args);
        assert.ok(expected.length > 100);
        assert.deepEqual(moduleBytes(made[key]!, args), expected, `${key} by ${name}`);
      }
    });
});
