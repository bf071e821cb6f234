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
  readonly #addons = new Map<
    string,
    { readonly addon: Addon; readonly entries: WeakMap<WasmMemory, Entry> }
  >();

  constructor(readonly plan: Plan) {}

  text(pitch: number, plane: number): string {
    const { traced, layout, type, name } = this.plan;
    return cText({ name, stores: traced.stores, layout, type, pitch, plane });
  }

  entry(pitch: number, plane: number, memory: WasmMemory): Entry {
    const { addon, entries } = this.#loaded(pitch, plane);
    let entry = entries.get(memory);
    if (entry === undefined) {
      const start = addon.address(new Uint8Array(memory.buffer));
      entry = (block, x0, x1, y0, y1, z0, z1) => addon.run(start, block, x0, x1, y0, y1, z0, z1);
      entries.set(memory, entry);
    }
    return entry;
  }

  /** Where the compiled file is and where the memory begins, for other threads. */
  portable(
    pitch: number,
    plane: number,
    memory: WasmMemory,
  ): { readonly file: string; readonly address: number } {
    const { addon } = this.#loaded(pitch, plane);
    return { file: this.file(pitch, plane), address: addon.address(new Uint8Array(memory.buffer)) };
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

  #loaded(pitch: number, plane: number) {
    const key = `${pitch} ${plane}`;
    let loaded = this.#addons.get(key);
    if (loaded === undefined) {
      const module = { exports: {} as Addon };
      process.dlopen(module, this.file(pitch, plane));
      loaded = { addon: module.exports, entries: new WeakMap<WasmMemory, Entry>() };
      this.#addons.set(key, loaded);
    }
    return loaded;
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
