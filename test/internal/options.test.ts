/** Checks of options. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FlotillaError, nearest, OptionChecks } from '../../src/internal/index.ts';

const check = new OptionChecks(
  (operation, message) => new FlotillaError('ERR_OPTION', message, { operation }),
);
const refused = (body: () => unknown, message: string) =>
  assert.throws(body, { name: 'FlotillaError', code: 'ERR_OPTION', operation: 'grid', message });

it('refuses names that do not exist, with the nearest that does', () => {
  check.names('grid', { size: 1 }, ['size', 'spacing']);
  refused(
    () => check.names('grid', { spacign: 1 }, ['size', 'spacing']),
    "grid has no option 'spacign': did you mean 'spacing'?",
  );
  refused(
    () => check.names('grid', { colour: 1 }, ['size', 'spacing']),
    "grid has no option 'colour': it has size, spacing",
  );
  refused(() => check.names('grid', null as unknown as object, []), 'grid needs an object, not null');
});

it('refuses values out of range', () => {
  assert.equal(check.wholeNumber('grid', 'n', 3, 1), 3);
  for (const [value, shown] of [
    [0, '0'],
    [1.5, '1.5'],
    ['3', "'3'"],
    [NaN, 'NaN'],
    [2 ** 60, '1152921504606847000'],
  ] as const)
    refused(
      () => check.wholeNumber('grid', 'n', value, 1),
      `grid: n must be a whole number of at least 1, not ${shown}`,
    );
  refused(() => check.positiveNumber('grid', 'h', 0), 'grid: h must be a number above 0, not 0');
  refused(() => check.share('grid', 'p', 1), 'grid: p must be a number between 0 and 1, not 1');
  refused(
    () => check.oneOf<string>('grid', 'edge', 'neuman', ['dirichlet', 'neumann']),
    "grid: edge must be 'dirichlet' or 'neumann', not 'neuman': did you mean 'neumann'?",
  );
});

it('the nearest name counts insertions, deletions and replacements, and knows when none is near', () => {
  assert.equal(nearest('kitten', ['sitting', 'mitten']), 'mitten');
  assert.equal(nearest('SIZE', ['size']), 'size');
  assert.equal(nearest('abcdef', ['uvwxyz']), undefined);
});
