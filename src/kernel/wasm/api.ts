/** The part of the JavaScript interface of WebAssembly that kernels use; Node's types do not declare it. */
interface WebAssemblyApi {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

/** A WebAssembly memory, structurally. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

declare const MODULE: unique symbol;
/** A compiled module; it can be posted to other threads. */
export interface WasmModule {
  readonly [MODULE]?: never;
}

export const PAGE_BYTES = 65536;

const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

export function compileModule(bytes: Uint8Array): WasmModule {
  return new api.Module(bytes);
}

/** The entry of a module over a memory. */
export function instantiate(module: WasmModule, memory: WasmMemory): Entry {
  return new api.Instance(module, { env: { memory } }).exports.run as Entry;
}

/** A compiled kernel: the byte offset of its arguments, then the box, low and high in x, y and z. */
export type Entry = (
  block: number,
  x0: number,
  x1: number,
  y0: number,
  y1: number,
  z0: number,
  z1: number,
) => void;

/**
 * A shared memory for fields, with room to grow by the page that kernels keep their arguments in.
 *
 * @param bytes for fields, from offset 0 on
 * @param most bytes that it may grow to; by default what kernels need beside fields
 * @throws RangeError where there is no memory, or more than 4 GiB is asked for
 */
export function sharedMemory(bytes: number, most = 0): WasmMemory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const maximum = Math.max(pages + 2, Math.floor(most / PAGE_BYTES));
  return new api.Memory({ initial: pages, maximum, shared: true });
}
