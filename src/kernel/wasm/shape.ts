import type { ElementType } from '../fields.ts';
import { ValueType } from './instructions.ts';

/** Form in which values are computed: one number, or the lanes of a 128-bit vector. */
export interface Shape {
  /** Prefix of arithmetic instructions. */
  readonly prefix: 'f64' | 'f32' | 'f64x2' | 'f32x4';
  readonly lanes: number;
  readonly vector: boolean;
  /** Type of locals that hold a number, and a truth value. */
  readonly number: ValueType;
  readonly boolean: ValueType;
  /** Logarithm of an element's bytes. */
  readonly align: number;
  readonly load: string;
  readonly store: string;
}

export function scalarShape(type: ElementType): Shape {
  return {
    prefix: type,
    lanes: 1,
    vector: false,
    number: type === 'f64' ? ValueType.F64 : ValueType.F32,
    boolean: ValueType.I32,
    align: type === 'f64' ? 3 : 2,
    load: `${type}.load`,
    store: `${type}.store`,
  };
}

export function vectorShape(type: ElementType): Shape {
  return {
    prefix: type === 'f64' ? 'f64x2' : 'f32x4',
    lanes: type === 'f64' ? 2 : 4,
    vector: true,
    number: ValueType.V128,
    boolean: ValueType.V128,
    align: type === 'f64' ? 3 : 2,
    load: 'v128.load',
    store: 'v128.store',
  };
}
