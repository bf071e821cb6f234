import { referenceOf, resolve, type Reference } from '../pool/index.ts';
import { LinalgError } from './error.ts';
import { Operator, Sum, type Description } from './operator.ts';
import { MarketOperator } from './market/read.ts';
import { KronOperator } from './operators/kron.ts';
import { LazyOperator, MatrixFreeOperator } from './operators/lazy.ts';
import { StoredOperator } from './operators/stored.ts';
import type { Complex } from './scalar.ts';
import { SpinOperator } from './spin/operator.ts';

/** A function within a description that travels. */
interface Travelling {
  readonly $function: Reference;
}

/**
 * Values with references for their functions and descriptions for their operators. Throws PoolError
 * ERR_TASK for a function that captures variables.
 */
export function pack(value: unknown): unknown {
  return mapPlain(value, (item) => {
    if (typeof item === 'function') return { $function: referenceOf(item) } satisfies Travelling;
    if (item instanceof Operator) return { $operator: pack(item.describe()) };
    return undefined;
  });
}

/** The values again, their functions found, their operators made. */
export async function unpack(value: unknown): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(unpack));
  if (!isPlain(value)) return value;
  if ('$function' in value) return resolve((value as unknown as Travelling).$function);
  if ('$operator' in value) return operatorFrom((await unpack(value.$operator)) as Description);
  const entries = Object.entries(value).map(async ([key, item]) => [key, await unpack(item)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * Plain arrays and objects anew, with what `change` gives in the place of each value, from outside
 * in; undefined leaves a value as it is.
 */
export function mapPlain(value: unknown, change: (value: unknown) => unknown): unknown {
  const changed = change(value);
  if (changed !== undefined) return changed;
  if (Array.isArray(value)) return value.map((item) => mapPlain(item, change));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapPlain(item, change)]));
}

/** Whether a value is an object of no class. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * A class of operators, called with the fields that its `describe` gave: they come from there, over
 * the wire or not.
 */
type Class = new (...fields: never[]) => Operator;
const make = (operator: Class, ...fields: unknown[]): Operator => new operator(...(fields as never[]));

/** Makes an operator from its description. */
export function operatorFrom(description: Description): Operator {
  const { kind, shape, scalar } = description;
  switch (kind) {
    case 'spin':
      return make(SpinOperator, description.n, description.terms, description.up);
    case 'stored':
      return make(StoredOperator, description.rows, shape, scalar);
    case 'lazy':
      return make(LazyOperator, { shape, scalar }, description.make, description.args);
    case 'matrixFree':
      return make(MatrixFreeOperator, description);
    case 'market':
      return make(MarketOperator, description.path);
    case 'kron': {
      const factors = description.factors as readonly (number | Description)[];
      return new KronOperator(factors.map((f) => (typeof f === 'number' ? f : operatorFrom(f))));
    }
    case 'sum': {
      const summands = description.summands as readonly { operator: Description; factor: Complex }[];
      return new Sum(summands.map(({ operator, factor }) => ({ operator: operatorFrom(operator), factor })));
    }
    default:
      throw new LinalgError('ERR_OPTION', `'${kind}' is no kind of operator`);
  }
}
