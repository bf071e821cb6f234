/** The codec against structuredClone, which defines what a value message keeps. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { form } from './form.ts';
import { arrivals } from './travel.ts';
import { primitives, values } from './values.ts';

function arrivesAsCloned(value: unknown): void {
  const expected = form(structuredClone(value));
  for (const arrived of arrivals(value)) assert.deepEqual(form(arrived), expected);
}

describe('a value arrives as structuredClone would copy it', () => {
  it('primitives', () => {
    fc.assert(fc.property(primitives, arrivesAsCloned), { numRuns: 500 });
  });

  it('trees and graphs of every kind', () => {
    fc.assert(fc.property(values, arrivesAsCloned), { numRuns: 2000 });
  });
});
