/** What cannot travel is refused, with the path to it, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encode, encodeOwned } from '../../src/comm/codec/encode.ts';
import { findRefused } from '../../src/comm/codec/refusal.ts';
import { self } from '../../src/index.ts';
import { form } from './form.ts';
import { travel } from './travel.ts';
import { primitives } from './values.ts';

function refuses(value: unknown, reason: string): void {
  assert.throws(() => encode(value), Error);
  assert.equal(findRefused(value), reason);
}

function detached(): Float64Array {
  const array = new Float64Array(3);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}

function* generator(): Generator<number> {
  yield 1;
}

const nothing = (): void => undefined;

class Model {
  readonly #secret = 1;
  step = (): number => this.#secret;
}

const refused: [value: unknown, reason: string][] = [
  [nothing, 'value is a function'],
  [Symbol.iterator, 'value is a symbol'],
  [{ model: new Model() }, 'value.model.step is a function'],
  [[1, [2, Symbol('s')]], 'value[1][1] is a symbol'],
  [{ 'a b': { '0': [nothing] } }, 'value["a b"]["0"][0] is a function'],
  [Object.assign([1], { columns: nothing }), 'value.columns is a function'],
  [new Map([['f', nothing]]), "value.get('f') is a function"],
  [new Map([[1, { f: nothing }]]), 'value.values[0].f is a function'],
  [new Map([[nothing, 1]]), 'value.keys[0] is a function'],
  [[new Set([1, nothing])], 'value[0].values[1] is a function'],
  [new Error('e', { cause: { f: nothing } }), 'value.cause.f is a function'],
  [{ later: Promise.resolve(1) }, 'value.later is a Promise'],
  [[new WeakMap()], 'value[0] is a WeakMap'],
  [[new WeakSet()], 'value[0] is a WeakSet'],
  [[new WeakRef({})], 'value[0] is a WeakRef'],
  [{ rows: generator() }, 'value.rows is a generator'],
  [[new Proxy(new Map(), {})], 'value[0] is a Proxy'],
  [{ memory: new SharedArrayBuffer(8) }, 'value.memory is a SharedArrayBuffer (send an array over it)'],
  [{ gone: detached() }, 'value.gone is a view of a detached ArrayBuffer'],
  [[detached().buffer], 'value[0] is a detached ArrayBuffer'],
];

/** Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (shape: { initial: number }) => object;
};

// On every version of Node alike, wherever it lies.
const platform: Record<string, object> = {
  'WebAssembly.Module': new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
  'WebAssembly.Memory': new WebAssembly.Memory({ initial: 1 }),
  Blob: new Blob(['x']),
  File: new File(['x'], 'a.txt'),
  URL: new URL('https://example.org/'),
  URLSearchParams: new URLSearchParams('a=1'),
  Headers: new Headers({ a: '1' }),
  Request: new Request('https://example.org/'),
  Response: new Response('x'),
  FormData: new FormData(),
  AbortController: new AbortController(),
  AbortSignal: new AbortController().signal,
  EventTarget: new EventTarget(),
  Event: new Event('e'),
  ReadableStream: new ReadableStream(),
  TextDecoder: new TextDecoder(),
  BlockList: new BlockList(),
};
for (const [kind, thing] of Object.entries(platform)) {
  refused.push(
    [{ a: [thing] }, `value.a[0] is a ${kind}`],
    [new Map([[1, thing]]), `value.values[0] is a ${kind}`],
  );
  refused.push([new Error('e', { cause: { thing } }), `value.cause.thing is a ${kind}`]);
}

describe('what cannot travel is refused with the path to it', () => {
  for (const [value, reason] of refused) it(reason, () => refuses(value, reason));

  it('in a cycle', () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    value.deep = { f: nothing, value };
    refuses(value, 'value.deep.f is a function');
  });

  it('below 50,000 others', () => {
    let value: object = { f: nothing };
    for (let i = 0; i < 50_000; i++) value = { value };
    refuses(value, `value${'.value'.repeat(50_000)}.f is a function`);
  });

  it('anywhere in any tree', () => {
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        fc.constant(nothing),
        fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
        tie('object'),
      ),
      object: fc.record({ a: primitives, b: tie('node') }),
    }));
    const property = fc.property(node, (value) => {
      assert.throws(() => encode(value));
      assert.match(findRefused(value)!, /^value((\.b)|(\[\d\]))* is a function$/);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('what only this process knows, by its name', () => {
    assert.throws(() => encode({ blob: new Blob([]) }), /Blob could not be cloned/);
    assert.throws(() => encode([new Blob([]), new Uint8Array(new SharedArrayBuffer(8))]), /Blob could not/);
  });

  it('as an MpiError of the call', () => {
    const error = { code: 'ERR_TYPE', operation: 'isend', rank: 0 };
    assert.throws(() => self().isend({ f: nothing }, 0), { ...error, message: /value\.f is a function/ });
  });

  it('a getter that throws: with what it threw', () => {
    const value = {
      get broken(): never {
        throw new RangeError('no such row');
      },
    };
    const expected = { code: 'ERR_TYPE', message: /no such row/ };
    assert.throws(() => self().send(value, 0), expected);
    assert.throws(() => self().send([new Date(), value], 0), expected);
  });

  it('a value too deep for the stack', () => {
    let value: object = {};
    for (let i = 0; i < 50_000; i++) value = { value };
    assert.throws(() => self().send(value, 0), { code: 'ERR_TYPE', message: /stack/ });
  });
});

describe('encoding leaves nothing behind', () => {
  const good = { id: 7, again: [{ a: 1 }], array: new Float64Array(1000), text: 'x'.repeat(100) };

  it('of a value that was refused half-way', () => {
    for (const [value] of refused) {
      assert.throws(() => encode([good, value]));
      assert.deepEqual(form(travel(good)), form(structuredClone(good)));
    }
  });

  it('of a value whose getter threw', () => {
    const broken = {
      good,
      get bad(): never {
        throw new Error('bad');
      },
    };
    assert.throws(() => encode(broken), /bad/);
    assert.equal(encode(good).parts[0]?.buffer, good.array.buffer, 'its objects no longer count as met');
    assert.deepEqual(form(travel(good)), form(structuredClone(good)));
  });

  it('in a value with a getter that encodes another', () => {
    const value = {
      before: 'a',
      get inner(): unknown {
        return travel({ good, m: new Map([[1, good]]) });
      },
      behind: 'b',
    };
    assert.deepEqual(form(travel(value)), form(structuredClone(value)));
  });

  it('of the value in memory of its own: later changes do not reach it', () => {
    const value = { a: 1, array: new Float64Array(1000), map: new Map([[1, new Uint8Array(5000)]]) };
    for (const part of [value, { array: value.array }]) {
      const message = encodeOwned(part);
      const before = [message.bytes, ...message.parts].map((bytes) => Buffer.from(bytes).toString('hex'));
      value.array.fill(before.length);
      value.map.get(1)!.fill(1);
      encode('x'.repeat(message.length));
      const after = [message.bytes, ...message.parts].map((bytes) => Buffer.from(bytes).toString('hex'));
      assert.deepEqual(after, before);
    }
  });

  it('of the memory for a long value, once short ones follow', () => {
    encode('x'.repeat(5_000_000));
    encode(1);
    assert.ok(encode(2).bytes.length < 2 ** 20);
    assert.equal(travel('x'.repeat(5_000_000)), 'x'.repeat(5_000_000));
  });
});
