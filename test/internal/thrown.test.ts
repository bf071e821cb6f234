/** Errors that are taken apart in one thread and rebuilt in another. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { ExperimentError } from '../../src/conduit/error.ts';
import { FlotillaError, MpiError } from '../../src/index.ts';
import { packError, packThrown, unpackError, unpackThrown } from '../../src/internal/index.ts';
import { PoolError } from '../../src/pool/error.ts';

/** What comes out at the other end of a port. */
function travelled(thrown: unknown): unknown {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(packThrown(thrown));
  const { message } = receiveMessageOnPort(port2) as { message: ReturnType<typeof packThrown> };
  port1.close();
  return unpackThrown(message);
}

it('classes of Flotilla arrive as themselves, with code, operation, rank, cause and stack', () => {
  const cause = new RangeError('too far', { cause: 'a text' });
  for (const sent of [
    new MpiError('ERR_RANK', 'no such rank', { operation: 'send', rank: 2, peer: 9, cause }),
    new PoolError('ERR_TYPE', 'cannot travel', { cause }),
    new ExperimentError('ERR_MODEL', 'it threw', { cause }),
    new FlotillaError('ERR_ANY', 'any', { operation: 'anything', rank: 1, cause }),
  ]) {
    const came = travelled(sent) as FlotillaError;
    assert.ok(came instanceof FlotillaError && came instanceof sent.constructor);
    const { name, message, code, operation, rank, stack } = sent;
    assert.deepEqual(
      {
        name: came.name,
        message: came.message,
        code: came.code,
        operation: came.operation,
        rank: came.rank,
        stack: came.stack,
      },
      { name, message, code, operation, rank, stack },
    );
    assert.ok(came.cause instanceof RangeError);
    assert.equal(came.cause.stack, cause.stack);
    assert.equal(came.cause.cause, 'a text');
  }
});

it('errors of a program keep their name and what of their properties can travel', () => {
  class Unstable extends Error {
    override name = 'Unstable';
    at = { step: 3, field: Float64Array.of(1, 2) };
    retry = () => true;
    shared = new SharedArrayBuffer(4);
  }
  const came = travelled(new Unstable('diverged')) as Unstable;
  assert.equal(String(came), 'Unstable: diverged');
  assert.deepEqual(came.at, { step: 3, field: Float64Array.of(1, 2) });
  assert.deepEqual([came.retry, came.shared], [undefined, undefined]);
});

it('aggregates keep their errors, and a cause that leads back to its error ends', () => {
  const one = new TypeError('one');
  const came = travelled(new AggregateError([one, 'two'], 'both')) as AggregateError;
  assert.ok(came instanceof AggregateError && came.errors[0] instanceof TypeError);
  assert.equal(came.errors[1], 'two');
  const loop = new Error('round');
  loop.cause = loop;
  assert.equal(((travelled(loop) as Error).cause as Error).message, 'round');
});

it('what is no error travels as it is, or as its text', () => {
  assert.deepEqual(travelled({ code: 7 }), { code: 7 });
  assert.equal(travelled(Symbol('none')), 'Symbol(none)');
  assert.match(String(travelled(Object.assign(Object.create(null), { f: () => 1 }))), /f: \[Function: f\]/);
  assert.equal(unpackError(packError(undefined)).message, 'undefined');
});
