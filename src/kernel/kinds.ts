import { isCells, isFunctionField, type ElementType, type FunctionField } from './fields.ts';
import { isPlace, type Place } from './place.ts';

/** Kind of one argument: what a kernel is compiled for. */
export type Kind =
  | { readonly kind: 'number' }
  | { readonly kind: 'field'; readonly place: Place; readonly type: ElementType }
  | {
      readonly kind: 'position';
      readonly fn: FunctionField['fn'];
      readonly place: Place;
      readonly parameters: readonly string[];
    }
  | { readonly kind: 'function'; readonly fn: (...args: never[]) => unknown }
  | { readonly kind: 'group'; readonly members: Kinds };

/** Kinds of all arguments, by name. */
export type Kinds = Readonly<Record<string, Kind>>;

/** Kind of a value that a caller gives; undefined for one that a kernel cannot take. */
export function kindOf(value: unknown): Kind | undefined {
  if (typeof value === 'number') return NUMBER;
  if (typeof value === 'function') return { kind: 'function', fn: value as (...args: never[]) => unknown };
  if (typeof value !== 'object' || value === null) return undefined;
  if (isCells(value))
    return isPlace(value.place) ? { kind: 'field', place: value.place, type: value.type } : undefined;
  if (isFunctionField(value)) {
    const { fn, place, parameters = {} } = value;
    return { kind: 'position', fn, place, parameters: Object.keys(parameters) };
  }
  const members: Record<string, Kind> = {};
  for (const [name, member] of Object.entries(value)) {
    const kind = kindOf(member);
    if (kind !== undefined) members[name] = kind;
  }
  return { kind: 'group', members };
}

const NUMBER: Kind = { kind: 'number' };

/** Key by which a compiled kernel is found again. Functions are known by their source. */
export function keyOf(kinds: Kinds): string {
  let key = '';
  for (const [name, kind] of Object.entries(kinds)) {
    key += `${name}:`;
    if (kind.kind === 'number') key += 'n';
    else if (kind.kind === 'field') key += `${kind.type}${kind.place}`;
    else if (kind.kind === 'position') key += `${kind.place}${kind.parameters.join()}${String(kind.fn)}`;
    else if (kind.kind === 'function') key += String(kind.fn);
    else key += `{${keyOf(kind.members)}}`;
    key += ';';
  }
  return key;
}

/** Fields among arguments, with their full names. */
export function* fieldsOf(kinds: Kinds, prefix = ''): Generator<readonly [string, Kind & { kind: 'field' }]> {
  for (const [name, kind] of Object.entries(kinds)) {
    if (kind.kind === 'field') yield [prefix + name, kind];
    if (kind.kind === 'group') yield* fieldsOf(kind.members, `${prefix}${name}.`);
  }
}
