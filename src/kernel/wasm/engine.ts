import type { Plan } from '../engine.ts';
import { instantiate, compileModule, type Entry, type WasmMemory, type WasmModule } from './api.ts';
import { encodeModule } from './encoder.ts';
import { generate } from './generate.ts';
import type { Code } from './instructions.ts';

/** Modules of one kernel, by the grid they are made for, and their instances, by memory. */
export class WasmEngine {
  readonly #modules = new Map<
    string,
    { readonly module: WasmModule; readonly entries: WeakMap<WasmMemory, Entry> }
  >();

  constructor(readonly plan: Plan) {}

  code(pitch: number, plane: number): Code[] {
    const { traced, layout, type, dims } = this.plan;
    return generate({ stores: traced.stores, layout, type, dims, pitch, plane });
  }

  bytes(pitch: number, plane: number): Uint8Array {
    return encodeModule(this.code(pitch, plane));
  }

  /** The module, for other threads. */
  portable(pitch: number, plane: number): { readonly module: WasmModule } {
    return { module: this.#made(pitch, plane).module };
  }

  entry(pitch: number, plane: number, memory: WasmMemory): Entry {
    const { module, entries } = this.#made(pitch, plane);
    let entry = entries.get(memory);
    if (entry === undefined) {
      entry = instantiate(module, memory);
      entries.set(memory, entry);
    }
    return entry;
  }

  #made(pitch: number, plane: number) {
    const key = `${pitch} ${plane}`;
    let made = this.#modules.get(key);
    if (made === undefined) {
      made = { module: compileModule(this.bytes(pitch, plane)), entries: new WeakMap<WasmMemory, Entry>() };
      this.#modules.set(key, made);
    }
    return made;
  }
}
