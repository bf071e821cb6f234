import type { Gathered } from '../arguments.ts';
import type { Box, Plan } from '../engine.ts';
import { isCells, type Axis } from '../fields.ts';
import type { Kind, Kinds } from '../kinds.ts';
import { KernelError } from '../error.ts';
import type { Place } from '../place.ts';
import { MemoryField, NumberField, PositionField } from './field.ts';
import { pointOf } from './point.ts';
import { Position } from './position.ts';

/**
 * Runs a kernel as the plain function that it is, at one point after the other, on fields whose values are read and written as they are used: for
 * breakpoints, for `console.log`, and as what the other engines are tested against.
 */
export class Interpretation {
  readonly #position: Position;
  readonly #fields: MemoryField[] = [];
  readonly #point: never;
  readonly #args: never;
  readonly #passes: readonly (Place | undefined)[];
  #reported = false;

  constructor(
    readonly plan: Plan,
    gathered: Gathered,
    args: Readonly<Record<string, unknown>>,
    axes: readonly Axis[],
  ) {
    const memory = [...gathered.fields.values()][0]?.memory;
    this.#position = new Position(
      plan.dims,
      axes,
      plan.type,
      memory !== undefined && 'buffer' in memory ? memory : undefined,
    );
    this.#point = pointOf(this.#position, plan.type) as never;
    this.#args = this.#group(plan.subject.kinds, args, '') as never;
    const places = this.#fields
      .filter(({ name }) => plan.traced.stores.some((store) => store.name === name))
      .map(({ place }) => place);
    // Coordinates are those at the place of what is written: a kernel that writes at several places is called once for each.
    this.#passes = plan.traced.floating ? [...new Set(places)] : [undefined];
  }

  run({ lo, hi }: Box): void {
    const at = (bound: readonly number[], dim: number, missing: number) => bound[dim] ?? missing;
    const { index } = this.#position;
    for (index[2] = at(lo, 2, 0); index[2] < at(hi, 2, 1); index[2]++)
      for (index[1] = at(lo, 1, 0); index[1] < at(hi, 1, 1); index[1]++)
        for (index[0] = at(lo, 0, 0); index[0] < at(hi, 0, 1); index[0]++) this.#atPoint();
  }

  setNumber(name: string, value: number): void {
    let holder: Record<string, unknown> = this.#args;
    const path = name.split('.');
    for (const key of path.slice(0, -1)) {
      const next = holder[key];
      if (next instanceof PositionField) next.set(path.at(-1)!, value);
      if (typeof next !== 'object' || next === null || next instanceof PositionField) return;
      holder = next as Record<string, unknown>;
    }
    const last = path.at(-1)!;
    const old = holder[last];
    if (old instanceof NumberField) old.here = value;
    else holder[last] = value;
  }

  #atPoint(): void {
    for (const field of this.#fields) field.begin();
    for (const place of this.#passes) {
      this.#position.place = place;
      for (const field of this.#fields) field.forget();
      this.plan.kernel.fn(this.#point, this.#args);
      for (const field of this.#fields) field.settle(place);
    }
    const finite = this.#fields.every((field) => field.readsFinite);
    for (const field of this.#fields) {
      const value = field.commit();
      if (value === undefined || Number.isFinite(value) || !finite || this.#reported) continue;
      this.#reported = true;
      const where = this.#position.words();
      process.emitWarning(
        `${this.plan.name}: ${field.name} becomes ${value} at ${where}, from finite values`,
        'KernelWarning',
      );
    }
  }

  #group(kinds: Kinds, args: Readonly<Record<string, unknown>>, prefix: string): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(kinds).map(([name, kind]) => [name, this.#argument(kind, args[name], prefix + name)]),
    );
  }

  #argument(kind: Kind, value: unknown, name: string): unknown {
    if (kind.kind === 'group')
      return this.#group(kind.members, value as Readonly<Record<string, unknown>>, `${name}.`);
    if (kind.kind === 'number')
      return this.plan.traced.wrapped.has(name) ? new NumberField(value as number) : value;
    if (kind.kind === 'position')
      return new PositionField(value as ConstructorParameters<typeof PositionField>[0], this.#position);
    if (kind.kind === 'function') return value;
    if (!isCells(value) || !('buffer' in value.memory))
      throw new KernelError(
        'ERR_ARGUMENT',
        this.plan.name,
        `${name} must lie in a WebAssembly memory to be interpreted`,
      );
    const field = new MemoryField(this.plan.name, name, value, value.memory, this.#position);
    this.#fields.push(field);
    return field;
  }
}
