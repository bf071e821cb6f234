import { types } from 'node:util';

/** A thing inside a value, and where: "value.model.step". */
export interface Place {
  readonly path: string;
  readonly thing: unknown;
}

/**
 * Everything in a value, each object once, nearest first. Only for when something is wrong with the value: it is slow, but bears any
 * depth and getters that throw.
 */
export function* walk(value: unknown): Generator<Place> {
  const met = new Set<unknown>();
  const ahead: Place[] = [{ path: 'value', thing: value }];
  for (const place of ahead) {
    const { path, thing } = place;
    const isObject = typeof thing === 'object' && thing !== null;
    if (isObject && met.has(thing)) continue;
    yield place;
    if (!isObject || types.isProxy(thing) || ArrayBuffer.isView(thing)) continue;
    met.add(thing);
    for (const [step, child] of children(thing)) ahead.push({ path: path + step, thing: child });
  }
}

function* children(thing: object): Generator<[step: string, child: unknown]> {
  if (thing instanceof Map) {
    let i = 0;
    for (const [key, child] of thing) {
      yield [`.keys[${i}]`, key];
      yield [typeof key === 'string' ? `.get('${key}')` : `.values[${i}]`, child];
      i++;
    }
  } else if (thing instanceof Set) {
    let i = 0;
    for (const child of thing) yield [`.values[${i++}]`, child];
  }
  if (thing instanceof Error) yield ['.cause', thing.cause];
  for (const key of Object.keys(thing)) yield [stepTo(key, thing), read(thing, key)];
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function stepTo(key: string, thing: object): string {
  if (Array.isArray(thing) && /^\d+$/.test(key)) return `[${key}]`;
  return IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function read(thing: object, key: string): unknown {
  try {
    return (thing as Record<string, unknown>)[key];
  } catch {
    return undefined; // that its getter throws has been reported
  }
}
