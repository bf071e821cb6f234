/** Errors are described whatever they do. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeError } from '../../src/internal/describe-error.ts';

const trap = (): never => {
  throw new Error('a trap');
};

const cases: [name: string, make: (error: Error) => unknown, text: RegExp][] = [
  [
    'its own cause',
    (error) => Object.assign(error, { cause: error }),
    /it broke\n.*caused by: Error: it broke \[circular\]$/s,
  ],
  [
    'a circle of two',
    (error) => Object.assign(error, { cause: new Error('another', { cause: error }) }),
    /it broke\n.*caused by: Error: another\n.*caused by: Error: it broke \[circular\]$/s,
  ],
  [
    'a part of its cause',
    (error) => Object.assign(error, { cause: new AggregateError([error, new Error('a part')], 'all') }),
    /caused by: AggregateError: all.*with: Error: it broke \[circular\]\n.*with: Error: a part/s,
  ],
  [
    'a stack that throws',
    (error) => Object.defineProperty(error, 'stack', { get: trap }),
    /^Error: it broke$/,
  ],
  ['a message that throws', (error) => Object.defineProperty(error, 'message', { get: trap }), /Error/],
  [
    'a cause that throws',
    (error) => Object.defineProperty(error, 'cause', { get: trap }),
    /^Error: it broke\n/,
  ],
  [
    'a stack that is no text',
    (error) => Object.defineProperty(error, 'stack', { value: 42 }),
    /^Error: it broke$/,
  ],
  [
    'a value that cannot be shown',
    () => ({ [Symbol.for('nodejs.util.inspect.custom')]: trap }),
    /^uncaught a value that cannot be shown$/,
  ],
  ['a proxy that forbids everything', (error) => new Proxy(error, { get: trap, getPrototypeOf: trap }), /./],
  ['a text', () => 'only words', /^uncaught 'only words'$/],
];
for (const [name, make, text] of cases) {
  it(name, () => assert.match(describeError(make(new Error('it broke'))), text));
}

it('a long chain of causes is cut', () => {
  let error = new Error('the first');
  for (let i = 0; i < 10_000; i++) error = new Error('next', { cause: error });
  assert.match(describeError(error), /^Error: next/);
});
