import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { buildNative, NativeBuildError } from '../../internal/native-build.ts';
import type { Plan } from '../engine.ts';
import { KernelError } from '../error.ts';
import type { Entry, WasmMemory } from '../wasm/api.ts';
import { ADDON } from './addon.ts';
import { cText } from './c.ts';

interface Addon {
  address(array: Uint8Array): number;
  run(memory: number, block: number, ...box: readonly number[]): void;
}

/** No contraction to FMA and no reassociation, so that bits are those of WebAssembly; errno and traps are nobody's concern. */
const FLAGS = ['-O3', '-march=native', '-ffp-contract=off', '-fno-math-errno', '-fno-trapping-math'];

/** Kernels of one plan compiled by the site's C compiler, by the grid they are made for. */
export class NativeEngine {
  readonly #addons = new Map<string, Addon>();

  constructor(readonly plan: Plan) {}

  text(pitch: number, plane: number): string {
    const { traced, layout, type, name } = this.plan;
    return cText({ name, stores: traced.stores, layout, type, pitch, plane });
  }

  entry(pitch: number, plane: number, memory: WasmMemory): Entry {
    const addon = this.#addon(pitch, plane);
    const start = addon.address(new Uint8Array(memory.buffer));
    return (block, ...box) => addon.run(start, block, ...box);
  }

  /** Path of the compiled addon. */
  file(pitch: number, plane: number): string {
    const compiler = process.env.FLOTILLA_CC ?? process.env.CC ?? 'cc';
    try {
      const key = [cpus()[0]?.model ?? '', versionOf(compiler)];
      const code = this.text(pitch, plane) + ADDON;
      return buildNative({
        name: 'kernel',
        source: { code },
        compiler,
        flags: FLAGS,
        libraries: ['-lm'],
        key,
      });
    } catch (cause) {
      if (!(cause instanceof NativeBuildError)) throw cause;
      const message = `the engine native needs a C compiler: ${cause.message}. Install one (on Debian: apt-get install gcc libc6-dev), name it in CC, or use the engine wasm`;
      throw new KernelError('ERR_ENGINE', this.plan.name, message, { cause });
    }
  }

  #addon(pitch: number, plane: number): Addon {
    const key = `${pitch} ${plane}`;
    const known = this.#addons.get(key);
    if (known !== undefined) return known;
    const module = { exports: {} as Addon };
    process.dlopen(module, this.file(pitch, plane));
    this.#addons.set(key, module.exports);
    return module.exports;
  }
}

const versions = new Map<string, string>();

/** What a compiler says of itself; empty for one that is missing, which the build reports. */
function versionOf(compiler: string): string {
  let version = versions.get(compiler);
  if (version === undefined) {
    try {
      version = execFileSync(compiler, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] })
        .toString()
        .split('\n', 1)[0]!;
    } catch {
      version = '';
    }
    versions.set(compiler, version);
  }
  return version;
}
