import { types } from 'node:util';
import { platformKind } from './platform.ts';
import { walk } from './walk.ts';

/** Where in a value the first thing lies that cannot travel: "value.model.step is a function". */
export function findRefused(value: unknown): string | undefined {
  for (const { path, thing } of walk(value)) {
    const kind = refusedKind(thing);
    if (kind !== undefined) return `${path} is a ${kind}`;
  }
  return undefined;
}

function refusedKind(thing: unknown): string | undefined {
  if (typeof thing === 'function' || typeof thing === 'symbol') return typeof thing;
  if (typeof thing !== 'object' || thing === null) return undefined;
  return REFUSED.find(([, is]) => is(thing))?.[0] ?? platformKind(thing);
}

const REFUSED: readonly [kind: string, is: (thing: object) => boolean][] = [
  ['Proxy', types.isProxy],
  ['Promise', types.isPromise],
  ['WeakMap', types.isWeakMap],
  ['WeakSet', types.isWeakSet],
  ['WeakRef', (thing) => thing instanceof WeakRef],
  ['generator', types.isGeneratorObject],
  ['SharedArrayBuffer (send an array over it)', types.isSharedArrayBuffer],
  ['view of a detached ArrayBuffer', (thing) => ArrayBuffer.isView(thing) && isDetached(thing.buffer)],
  ['detached ArrayBuffer', (thing) => types.isArrayBuffer(thing) && isDetached(thing)],
];

/** Memory that was transferred away has no bytes, but not all memory of no bytes was transferred away. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}
