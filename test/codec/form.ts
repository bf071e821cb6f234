/**
 * The form of a value: one line for each thing in it, everything that structured clone keeps and nothing else. Two values of the same
 * form cannot be told apart by a program that holds only one of them: identities and cycles, −0, holes, the order of keys, the offsets of
 * views and the memory they share are all in it.
 */
export function form(value: unknown): string[] {
  const lines: string[] = [];
  const met = new Map<object, number>();

  function describe(thing: unknown, place: string): void {
    if (typeof thing !== 'object' || thing === null) {
      lines.push(`${place} = ${primitive(thing)}`);
      return;
    }
    const before = met.get(thing);
    if (before !== undefined) {
      lines.push(`${place} = #${before}`);
      return;
    }
    met.set(thing, met.size);
    lines.push(`${place} = #${met.size - 1} ${tagOf(thing)} ${contents(thing).join(' ')}`.trimEnd());
    if (ArrayBuffer.isView(thing)) {
      describe(thing.buffer, 'buffer');
      return;
    }
    if (thing instanceof Map) {
      for (const [key, element] of thing) {
        describe(key, 'key');
        describe(element, 'value');
      }
    }
    if (thing instanceof Set) for (const element of thing) describe(element, 'element');
    for (const key of Reflect.ownKeys(thing)) describeProperty(thing, key);
  }

  function describeProperty(thing: object, key: string | symbol): void {
    const how = Object.getOwnPropertyDescriptor(thing, key)!;
    const writable = how.writable ?? true; // an accessor: the stack of an Error, in later versions of V8
    const flags = `${writable ? 'w' : ''}${how.enumerable ? 'e' : ''}${how.configurable ? 'c' : ''}`;
    const place = typeof key === 'symbol' ? String(key) : JSON.stringify(key);
    describe(Reflect.get(thing, key), `${place} ${flags}`);
  }

  describe(value, 'value');
  return lines;
}

function primitive(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function tagOf(thing: object): string {
  const prototype: unknown = Object.getPrototypeOf(thing);
  const name = Object.prototype.toString.call(thing).slice(8, -1);
  const expected: unknown = thing instanceof Error ? thing.constructor.prototype : STANDARD[name];
  return prototype === expected ? name : `${name} of another prototype`;
}

const STANDARD: Record<string, unknown> = Object.fromEntries(
  Object.getOwnPropertyNames(globalThis).map((name) => {
    const { value } = Object.getOwnPropertyDescriptor(globalThis, name)! as {
      value?: { prototype?: unknown };
    };
    return [name, value?.prototype];
  }),
);

/** What lies in internal slots. */
function contents(thing: object): (string | number)[] {
  if (thing instanceof ArrayBuffer || thing instanceof SharedArrayBuffer) {
    const limit = (thing as { maxByteLength?: number }).maxByteLength;
    return [thing.byteLength, limit ?? '', Buffer.from(thing).toString('hex')];
  }
  if (ArrayBuffer.isView(thing)) return [thing.byteOffset, thing.byteLength];
  if (thing instanceof Map || thing instanceof Set) return [thing.size];
  if (thing instanceof Date) return [primitive(thing.getTime())];
  if (thing instanceof RegExp) return [thing.source, thing.flags, thing.lastIndex];
  if (thing instanceof Error) return [thing.name];
  if (
    thing instanceof Number ||
    thing instanceof String ||
    thing instanceof Boolean ||
    thing instanceof BigInt
  )
    return [typeof thing.valueOf(), primitive(thing.valueOf())];
  return [];
}
