/** Where in a value the first thing lies that cannot travel: "value.model.step is a function". */
export function findRefused(value: unknown): string | undefined {
  return search(value, 'value', new Set());
}

function search(value: unknown, path: string, seen: Set<object>): string | undefined {
  if (typeof value === 'function') return `${path} is a function`;
  if (typeof value === 'symbol') return `${path} is a symbol`;
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  for (const [name, kind] of REFUSED) if (value instanceof kind) return `${path} is a ${name}`;
  if (ArrayBuffer.isView(value)) return undefined;
  for (const [place, child] of children(value)) {
    const found = search(child, path + place, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

const REFUSED = [
  ['Promise', Promise],
  ['WeakMap', WeakMap],
  ['WeakSet', WeakSet],
  ['WeakRef', WeakRef],
] as const;

function* children(value: object): Generator<[string, unknown]> {
  if (value instanceof Map) {
    let i = 0;
    for (const [key, child] of value) {
      yield [`.keys[${i}]`, key];
      yield [typeof key === 'string' ? `.get('${key}')` : `.values[${i}]`, child];
      i++;
    }
  } else if (value instanceof Set) {
    let i = 0;
    for (const child of value) yield [`.values[${i++}]`, child];
  }
  if (value instanceof Error) yield ['.cause', value.cause];
  for (const [key, child] of Object.entries(value)) {
    yield [Array.isArray(value) || !IDENTIFIER.test(key) ? `[${quoted(key)}]` : `.${key}`, child];
  }
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const quoted = (key: string) => (/^\d+$/.test(key) ? key : JSON.stringify(key));
