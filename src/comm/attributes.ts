/** What happens to an attribute when its communicator is duplicated or freed (MPI 4.1 §7.7). */
export interface AttributeRules<T> {
  /** Gives the value for a duplicate, or undefined for none. Without it an attribute stays with its communicator alone. */
  readonly onDup?: (value: T) => T | undefined;
  /** Called with the value when the communicator is freed, and when it is deleted or replaced; when it throws, the value stays. */
  readonly onFree?: (value: T) => void;
}

/** Names attributes of one type on any communicator (a key value of MPI 4.1 §7.7.2). Make one with `createAttributeKey`. */
export class AttributeKey<T> {
  /** @internal */
  readonly values: WeakMap<Attributes, T> = new WeakMap<Attributes, T>();

  /** @internal */
  constructor(
    /** @internal */
    readonly rules: AttributeRules<T>,
  ) {}
}

/**
 * A key for `comm.setAttribute` and its kin: a library keeps there what belongs to a communicator, a plan or a duplicate of its own
 * (MPI_Comm_create_keyval, MPI 4.1 §7.7.2). `{ onDup: (value) => value }` shares the value with duplicates.
 */
export function createAttributeKey<T>(rules: AttributeRules<T> = {}): AttributeKey<T> {
  return new AttributeKey(rules);
}

interface Entry {
  copy(to: Attributes): void;
  free(): void;
}

/** The attributes of one communicator; the values are kept by their keys, which know the types. */
export class Attributes {
  readonly #entries = new Map<object, Entry>();

  set<T>(key: AttributeKey<T>, value: T): void {
    const { onDup, onFree } = key.rules;
    this.delete(key);
    key.values.set(this, value);
    this.#entries.set(key, {
      copy: (to) => {
        const copied = onDup?.(value);
        if (copied !== undefined) to.set(key, copied);
      },
      free: () => {
        onFree?.(value);
        key.values.delete(this);
      },
    });
  }

  get<T>(key: AttributeKey<T>): T | undefined {
    return key.values.get(this);
  }

  /** A rule that throws keeps its value (§7.7.2). */
  delete(key: object): boolean {
    const entry = this.#entries.get(key);
    entry?.free();
    return this.#entries.delete(key);
  }

  copyTo(other: Attributes): void {
    for (const entry of this.#entries.values()) entry.copy(other);
  }

  /** In the reverse order of their setting, as MPI 4.1 §7.7.2 wants it. */
  free(): void {
    for (const key of [...this.#entries.keys()].reverse()) this.delete(key);
  }
}
