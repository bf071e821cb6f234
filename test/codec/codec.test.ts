/** The codec against structuredClone, which defines what a value message keeps. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { form } from './form.ts';
import { arrivals } from './travel.ts';
import { primitives, values, VIEWS } from './values.ts';

function arrivesAsCloned(value: unknown): void {
  const expected = form(structuredClone(value));
  for (const arrived of arrivals(value)) assert.deepEqual(form(arrived), expected);
}

/** V8 cannot copy every value that it should: an Error whose cause leads back to it, for one. */
function isClonable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

describe('any value arrives as structuredClone would copy it', () => {
  it('primitives', () => {
    fc.assert(fc.property(primitives, arrivesAsCloned), { numRuns: 1000 });
  });

  it('trees, and graphs with shared objects, shared memory and cycles', () => {
    const property = fc.property(values, (value) => {
      fc.pre(isClonable(value));
      arrivesAsCloned(value);
    });
    fc.assert(property, { numRuns: 2000 });
  });
});

class Point {
  readonly x = 1;
  readonly #y = 2;
  get y(): number {
    return this.#y;
  }
}

const cases: Record<string, () => unknown> = {
  'a hole at any place': () => [[, 1], [1, , 2], [1, ,], [undefined, ,], [,]],
  'a long array with a hole': () => Array.from({ length: 200 }, (_, i) => i).concat(new Array(3)),
  'a sparse array': () => Object.assign([], { 1_000_000: 1 }),
  'properties beside the elements': () => Object.assign([1, 2], { columns: ['a'], '-1': 3 }),
  'properties beside many elements': () => Object.assign(rows(), { columns: ['i'] }),
  'a hole made up for by a property': () => Object.assign([, 1], { name: 2 }),
  'a match of a regular expression': () => /b(?<rest>.*)/.exec('abc'),
  'a frozen array and object': () => Object.freeze([Object.freeze({ a: 1 })]),
  'an array of a subclass': () => new (class Rows extends Array<number> {})(3).fill(1),
  'long arrays': () => [63, 64, 65, 1000].map((length) => Array.from({ length }, (_, i) => i / 2)),
  'own property __proto__': () => JSON.parse('{"__proto__": {"a": 1}, "b": {"__proto__": null}}') as unknown,
  'an object without prototype': () => Object.assign(Object.create(null), { a: 1 }) as unknown,
  'an instance of a class': () => ({ point: new Point() }),
  'properties that are not enumerable, and symbols': () =>
    Object.defineProperty({ a: 1, [Symbol('s')]: 2 }, 'hidden', { value: 1 }),
  accessors: () => ({
    get a() {
      return { b: 1 };
    },
  }),
  'the same object twice': () => twice({}),
  'the same object first and last of many': () => {
    const all = rows();
    return [...all, all[0]];
  },
  'a cycle': () => {
    const value: Record<string, unknown> = { a: [] };
    (value.a as unknown[]).push(value);
    return value;
  },
  'an error with causes': () => new TypeError('a', { cause: new RangeError('b', { cause: { c: 1 } }) }),
  'an error of a class': () => new (class Odd extends Error {})('odd'),
  'boxed primitives': () => [new Number(-0), new String('a'), new Boolean(false), Object(1n)] as unknown[],
  'a small Buffer, which shares its memory with others': () => ({ tag: Buffer.from('abc') }).tag.subarray(1),
  'two views of one memory': () => {
    const whole = new Float64Array(3);
    return [whole, new Uint8Array(whole.buffer), whole.subarray(1)];
  },
  'an array and its memory': () => {
    const array = new Int16Array([1, 2, 3]);
    return { array, memory: array.buffer };
  },
  'memory that can grow': () =>
    new Uint8Array(Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]) as ArrayBuffer),
  'NaN, -0 and infinities in memory': () => new Float64Array([NaN, -0, Infinity, -Infinity]),
};

const rows = (): object[] => Array.from({ length: 100 }, (_, i) => ({ i }));
const twice = (thing: unknown): unknown => ({ a: thing, b: [thing] });

describe('what is easily lost arrives too', () => {
  for (const [name, make] of Object.entries(cases)) it(name, () => arrivesAsCloned(make()));

  for (const depth of [98, 99, 100, 101, 102, 1000]) {
    it(`${depth} deep`, () => {
      let value: unknown = 'ground';
      for (let i = 0; i < depth; i++) value = i % 2 === 0 ? { value } : [value];
      arrivesAsCloned(value);
    });
  }

  it('arrays of any kind and size, as they are and inside', () => {
    for (const bytes of [0, 8, 4088, 4096, 5000, 100_000]) {
      const memory = Uint8Array.from({ length: bytes }, (_, i) => i * 31);
      for (const kind of VIEWS) {
        arrivesAsCloned(new kind(memory.slice().buffer));
        arrivesAsCloned({ before: 1, inside: [new kind(memory.slice().buffer), 'behind'] });
        arrivesAsCloned(new Map([[1, new kind(memory.slice().buffer)]]));
      }
    }
  });

  it('strings that end where the memory does', () => {
    for (let length = 65_440; length < 65_540; length++) {
      for (const text of ['x'.repeat(length), '€'.repeat(length / 2)]) {
        for (const arrived of arrivals([text, 'behind', 1.5]))
          assert.deepEqual(arrived, [text, 'behind', 1.5]);
      }
    }
  });
});

describe('shared memory arrives as a copy', () => {
  const shared = (bytes: number): SharedArrayBuffer => {
    const buffer = new SharedArrayBuffer(bytes);
    new Uint8Array(buffer).forEach((_, i, array) => (array[i] = i * 31));
    return buffer;
  };

  for (const bytes of [0, 64, 4096, 50_000]) {
    it(`${bytes} bytes`, () => {
      const buffer = shared(bytes);
      for (const kind of VIEWS) {
        const expected = form(new kind(new Uint8Array(buffer).slice().buffer));
        for (const arrived of arrivals(new kind(buffer))) assert.deepEqual(form(arrived), expected);
        for (const arrived of arrivals(new Set([new kind(buffer)]))) {
          assert.deepEqual(form([...(arrived as Set<unknown>)][0]), expected);
        }
      }
    });
  }

  it('only the part that the view shows', () => {
    const array = new Int32Array(shared(64), 8, 3);
    const expected = form({ array: array.slice(), again: array.slice() });
    const again = new Int32Array(array.buffer, 8, 3);
    for (const arrived of arrivals({ array, again })) assert.deepEqual(form(arrived), expected);
  });

  it('beside everything else', () => {
    const twice = { a: 1 };
    const beside = {
      map: new Map([[1, twice]]),
      twice,
      view: new DataView(new ArrayBuffer(4)),
      date: new Date(0),
    };
    const own = new Float32Array([1, 2]);
    const value = { ...beside, own, error: new Error('e', { cause: new Uint8Array(shared(8)) }) };
    const { error, ...rest } = value;
    for (const arrived of arrivals(value)) {
      const { error: arrivedError, ...arrivedRest } = arrived as typeof value;
      assert.deepEqual(form(arrivedRest), form(structuredClone(rest)));
      assert.deepEqual(form(arrivedError.cause), form((error.cause as Uint8Array).slice()));
    }
  });

  it('memory that has grown', () => {
    const buffer = new SharedArrayBuffer(8, { maxByteLength: 64 });
    const array = new Uint8Array(buffer);
    buffer.grow(16);
    for (const arrived of arrivals([array])) assert.deepEqual(form(arrived), form([new Uint8Array(16)]));
  });
});
