import { inspect, type InspectOptions } from 'node:util';

/** Up to this length counting the keys is quicker than `inspect`, which takes the same time for any length. */
const SHORT = 64;

/** Shows how many elements there are, and each other property. */
const NO_ELEMENTS: InspectOptions = {
  maxArrayLength: 0,
  maxStringLength: 0,
  depth: 0,
  customInspect: false,
  getters: false,
  showHidden: false,
  colors: false,
};
const ELEMENTS_ONLY = /^\[ \.\.\. \d+ more items \]$/;

/**
 * True for an array with properties beside its elements, such as a match of a regular expression, or the rows of a table with its `columns`.
 * The language has no quick way to ask: an array's keys include those of all its elements. In doubt (holes, a subclass) also true.
 */
export function hasNames(array: readonly unknown[]): boolean {
  const { length } = array;
  if (length <= SHORT) return Object.keys(array).length !== length;
  return !ELEMENTS_ONLY.test(inspect(array, NO_ELEMENTS));
}
