import { Field } from '../field.ts';
import type { Storage } from '../storage.ts';

/** Arguments of a launch as they were given, and as kernels take them. */
export interface Bindings {
  /** Fields by their full names. */
  readonly fields: ReadonlyMap<string, Field>;
  /** With cells in place of fields. */
  readonly forKernel: Readonly<Record<string, unknown>>;
}

/** Takes arguments apart: fields become what kernels know. */
export function bindingsOf(args: object): Bindings {
  const fields = new Map<string, Field>();
  const convert = (value: unknown, name: string): unknown => {
    if (value instanceof Field) {
      fields.set(name, value);
      return value.storage.cells;
    }
    if (typeof value !== 'object' || value === null || 'fn' in value) return value;
    const members = Object.entries(value).map(([key, member]: [string, unknown]) => [
      key,
      convert(member, name === '' ? key : `${name}.${key}`),
    ]);
    return Object.fromEntries(members);
  };
  return { fields, forKernel: convert(args, '') as Record<string, unknown> };
}

/** A number among remembered arguments: the value of the last launch. */
interface KnownNumber {
  readonly name: string;
  value: number;
}

/** Remembered arguments: the same ones again need no binding, other numbers are only set. */
export class Known {
  readonly #members: readonly { readonly key: string; readonly known: Known | Leaf }[];

  constructor(args: object, prefix = '') {
    this.#members = Object.entries(args).map(([key, value]: [string, unknown]) => ({
      key,
      known:
        typeof value === 'object' && value !== null && !(value instanceof Field) && !('fn' in value)
          ? new Known(value, `${prefix}${key}.`)
          : new Leaf(prefix + key, value),
    }));
  }

  /** Whether these are the same fields in the same memory; numbers that differ are handed to `set` when all else is known. */
  fits(args: unknown): boolean {
    if (typeof args !== 'object' || args === null) return false;
    for (const { key, known } of this.#members)
      if (!known.fits((args as Readonly<Record<string, unknown>>)[key])) return false;
    return true;
  }

  update(args: object, set: (name: string, value: number) => void): void {
    for (const { key, known } of this.#members)
      known.update((args as Readonly<Record<string, unknown>>)[key] as object, set);
  }
}

class Leaf {
  readonly #storage: Storage | undefined;
  readonly #conditions: number;
  readonly #number: KnownNumber | undefined;

  constructor(
    name: string,
    readonly value: unknown,
  ) {
    this.#storage = value instanceof Field ? value.storage : undefined;
    this.#conditions = value instanceof Field ? value.conditions : 0;
    this.#number = typeof value === 'number' ? { name, value } : undefined;
  }

  fits(value: unknown): boolean {
    if (this.#number !== undefined) return typeof value === 'number';
    if (value !== this.value) return false;
    return (
      !(value instanceof Field) || (value.storage === this.#storage && value.conditions === this.#conditions)
    );
  }

  update(value: unknown, set: (name: string, value: number) => void): void {
    const number = this.#number;
    if (number === undefined || typeof value !== 'number' || Object.is(value, number.value)) return;
    number.value = value;
    set(number.name, value);
  }
}
