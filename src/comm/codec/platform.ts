import { types } from 'node:util';

/*
 * Objects of the platform (web APIs, WebAssembly, Node's own classes) keep what they are in private fields. V8's serializer makes plain
 * objects without that of them, or writes what it cannot read again; which ones depends on the version of Node.
 */

/** Names of global classes whose instances do not travel; those of some others are found by their methods for Node's own cloning. */
const CLASSES = new Set(
  [
    'AbortController AbortSignal Blob BroadcastChannel ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy Crypto CryptoKey',
    'DecompressionStream Event EventTarget File FormData Headers MessageChannel MessagePort Navigator Performance PerformanceEntry',
    'PerformanceMark PerformanceMeasure PerformanceObserver ReadableStream Request Response Storage SubtleCrypto TextDecoder',
    'TextDecoderStream TextEncoder TextEncoderStream TransformStream URL URLPattern URLSearchParams WebSocket WritableStream',
  ].flatMap((line) => line.split(' ')),
);
const CLONING = new Set(['messaging_clone_symbol', 'messaging_transfer_symbol']);

/** What an object of the platform is called; undefined for any other. */
export function platformKind(thing: object): string | undefined {
  if (types.isProxy(thing)) return undefined;
  for (let at: unknown = thing; (at = Object.getPrototypeOf(at)) !== null && at !== Object.prototype;) {
    const kind = kindOfPrototype(at as object);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

const kinds = new WeakMap<object, string | false>();

function kindOfPrototype(prototype: object): string | undefined {
  let kind = kinds.get(prototype);
  if (kind === undefined) kinds.set(prototype, (kind = classify(prototype) ?? false));
  return kind === false ? undefined : kind;
}

function classify(prototype: object): string | undefined {
  const tag = Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.value as unknown;
  if (typeof tag === 'string' && tag.startsWith('WebAssembly.')) return tag;
  const made = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown;
  if (typeof made !== 'function') return undefined;
  // Some globals are loaded when they are first looked at: only where one has been met.
  if (CLASSES.has(made.name) && (globalThis as Record<string, unknown>)[made.name] === made) return made.name;
  const clones = Object.getOwnPropertySymbols(prototype).some(({ description }) =>
    CLONING.has(description ?? ''),
  );
  return clones ? made.name : undefined;
}

/** What the first object of the platform in a value is called. Quick, for values that go the exact way. */
export function findPlatform(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const met = new Set<object>([value]);
  const add = (thing: unknown) => {
    if (typeof thing === 'object' && thing !== null) met.add(thing);
  };
  // A set hands out what is added to it meanwhile.
  for (const thing of met) {
    if (types.isProxy(thing) || ArrayBuffer.isView(thing)) continue;
    const kind = platformKind(thing);
    if (kind !== undefined) return kind;
    if (thing instanceof Map) {
      for (const [key, child] of thing) {
        add(key);
        add(child);
      }
    } else if (thing instanceof Set) {
      for (const child of thing) add(child);
    } else if (thing instanceof Error) add(thing.cause);
    for (const key of Object.keys(thing)) add((thing as Record<string, unknown>)[key]);
  }
  return undefined;
}
