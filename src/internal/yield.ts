import { createRequire } from 'node:module';

/** As far as it is needed here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (shape: { initial: number; maximum: number; shared: boolean }) => object;
};

/** A WebAssembly.Memory without pages, one for all threads of a job: each takes 10 GB of addresses, which a site's limits may forbid. */
export function noPages(): object | undefined {
  try {
    return new WebAssembly.Memory({ initial: 0, maximum: 0, shared: true });
  } catch {
    return undefined;
  }
}

/** A function that gives the core to another thread that wants it, as sched_yield(2) does; it returns false where that is not possible. */
export function yielder(memory: object | undefined): () => boolean {
  return schedYield(memory ?? noPages(), createRequire(import.meta.url));
}

/**
 * JavaScript has no call of sched_yield(2). WASI has, and Node lets JavaScript call WASI's functions too, once WASI has been given a memory, any
 * one. Threads without a loader get this function as text: it uses nothing from outside and names nothing.
 */
export function schedYield(memory: object | undefined, require: (module: string) => unknown): () => boolean {
  const warn = process.emitWarning.bind(process);
  // That WASI is experimental need not concern the user: without it threads sleep instead.
  process.emitWarning = () => undefined;
  try {
    const { WASI } = require('node:wasi') as typeof import('node:wasi');
    const wasi = new WASI({ version: 'preview1' });
    wasi.initialize({ exports: { memory } });
    const found: unknown = wasi.wasiImport.sched_yield;
    const call = found as () => unknown;
    if (typeof found === 'function') return () => call() === 0;
  } catch {
    // Then not.
  } finally {
    process.emitWarning = warn;
  }
  return () => false;
}
