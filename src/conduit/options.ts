import { ExperimentError } from './error.ts';

/** Refuses options that do not exist, with the nearest name that does. */
export function checkOptions(of: string, options: object, known: readonly string[]): void {
  // A JavaScript program may pass anything.
  if (typeof (options as unknown) !== 'object' || (options as unknown) === null)
    throw new ExperimentError('ERR_OPTION', `${of} needs an object, not ${show(options)}`);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === undefined ? `it has ${known.join(', ')}` : `did you mean '${near}'?`;
    throw new ExperimentError('ERR_OPTION', `${of} has no option '${name}': ${hint}`);
  }
}

/** A number that must be whole and at least `least`. */
export function wholeNumber(of: string, name: string, value: unknown, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw new ExperimentError(
    'ERR_OPTION',
    `${of}: ${name} must be a whole number of at least ${least}, not ${show(value)}`,
  );
}

/** A number that must be greater than `above`. */
export function positiveNumber(of: string, name: string, value: unknown, above = 0): number {
  if (typeof value === 'number' && value > above) return value;
  throw new ExperimentError(
    'ERR_OPTION',
    `${of}: ${name} must be a number above ${above}, not ${show(value)}`,
  );
}

/** A number strictly between 0 and 1. */
export function share(of: string, name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && value < 1) return value;
  throw new ExperimentError(
    'ERR_OPTION',
    `${of}: ${name} must be a number between 0 and 1, not ${show(value)}`,
  );
}

/** One of some words. */
export function oneOf<T extends string>(of: string, name: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw new ExperimentError(
    'ERR_OPTION',
    `${of}: ${name} must be ${known.map(show).join(' or ')}, not ${show(value)}`,
  );
}

export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return typeof value === 'function' ? 'a function' : `${value as number | undefined | null}`;
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, name.length / 3) ? best.candidate : undefined;
}

/** Insertions, deletions and replacements that make one text of another (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
