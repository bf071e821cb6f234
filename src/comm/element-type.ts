import { kindOf, type TypedArray } from '../fabric/memory.ts';

/** A constructor of typed arrays: `Float64Array`, `Int32Array`, … */
export interface ElementType<A extends TypedArray> {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: A;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): A;
}

type InAnyMemory<A extends TypedArray, Kind> = Kind extends TypedArray
  ? A extends Kind
    ? Kind
    : never
  : never;

/** An array type without its kind of buffer: `Float64Array` of `Float64Array<SharedArrayBuffer>`. */
export type AnyMemory<A extends TypedArray> = InAnyMemory<A, TypedArray>;

/** Its place among the element kinds, −1 for what is none. */
export function kindOfType(type: ElementType<TypedArray>): number {
  try {
    return kindOf(new type(new ArrayBuffer(0)));
  } catch {
    return -1;
  }
}
