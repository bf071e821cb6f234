/**
 * Checks of the options that a program gives. A room makes one of these with its own class of
 * error; every check returns the value it was given, or throws what `refuse` makes of the reason.
 *
 * @example
 * ```ts
 * const check = new OptionChecks((operation, message) => new GridError('ERR_OPTION', message, { operation }));
 * check.names('grid', options, ['size', 'spacing']);
 * const size = check.wholeNumber('grid', 'size', options.size, 1);
 * ```
 */
export class OptionChecks {
  readonly #refuse: (operation: string, message: string) => Error;

  constructor(refuse: (operation: string, message: string) => Error) {
    this.#refuse = refuse;
  }

  /** Refuses options that do not exist, with the nearest name that does. */
  names(of: string, options: object, known: readonly string[]): void {
    // A JavaScript program may pass anything.
    if (typeof (options as unknown) !== 'object' || (options as unknown) === null)
      throw this.#refuse(of, `${of} needs an object, not ${show(options)}`);
    for (const name of Object.keys(options)) {
      if (known.includes(name)) continue;
      const near = nearest(name, known);
      const hint = near === undefined ? `it has ${known.join(', ')}` : `did you mean '${near}'?`;
      throw this.#refuse(of, `${of} has no option '${name}': ${hint}`);
    }
  }

  /** A whole number of at least `least`. */
  wholeNumber(of: string, name: string, value: unknown, least: number): number {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
    throw this.#refuse(of, `${of}: ${name} must be a whole number of at least ${least}, not ${show(value)}`);
  }

  /** A number greater than `above`. */
  positiveNumber(of: string, name: string, value: unknown, above = 0): number {
    if (typeof value === 'number' && value > above) return value;
    throw this.#refuse(of, `${of}: ${name} must be a number above ${above}, not ${show(value)}`);
  }

  /** A number strictly between 0 and 1. */
  share(of: string, name: string, value: unknown): number {
    if (typeof value === 'number' && value > 0 && value < 1) return value;
    throw this.#refuse(of, `${of}: ${name} must be a number between 0 and 1, not ${show(value)}`);
  }

  /** One of several words, with the nearest of them where another was given. */
  oneOf<T extends string>(of: string, name: string, value: T, known: readonly T[]): T {
    if (known.includes(value)) return value;
    const near = typeof (value as unknown) === 'string' ? nearest(value, known) : undefined;
    const hint = near === undefined ? '' : `: did you mean '${near}'?`;
    throw this.#refuse(
      of,
      `${of}: ${name} must be ${known.map(show).join(' or ')}, not ${show(value)}${hint}`,
    );
  }
}

/** A value as it stands in a message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return typeof value === 'function' ? 'a function' : `${value as number | undefined | null}`;
}

/** The name meant by one that does not exist, if one is close enough. */
export function nearest(name: string, known: readonly string[]): string | undefined {
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
