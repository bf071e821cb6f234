import { MpiError } from '../fabric/error.ts';
import { allocate, kindOf, type TypedArray } from '../fabric/memory.ts';
import { bitsOf, pack, unpack, wordsPerElement, type Bits, type Run } from './pack.ts';

/** What Uppercase calls send and receive: a typed array, or a view of some of its elements. */
export type Memory = TypedArray | View;

/** Where the elements of a view lie: index (i, j, …) at `offset + i·strides[0] + j·strides[1] + …`. Counted in elements. */
export interface Strided {
  /** Where index (0, 0, …) lies; 0 if not given. */
  readonly offset?: number;
  /** Number of elements along each dimension. */
  readonly shape: readonly number[];
  /** Distance between neighbours along each dimension; may be negative. */
  readonly strides: readonly number[];
}

/* Views of another copy of this package in the same thread must do. */
const MARK = 'flotilla.view';

/** Whether it is a view. */
export function isView(memory: unknown): memory is View {
  return typeof memory === 'object' && memory !== null && 'mark' in memory && memory.mark === MARK;
}

/**
 * Some elements of a typed array, in row-major order of their indices: a column, a face, a block of a larger field. What MPI describes by
 * vector and subarray datatypes (MPI 4.1 §5.1). Made by `strided` and `subarray`; holds no elements of its own, and may be used again
 * and again.
 *
 * Elements that lie one behind the other are sent and received where they are; others are packed and unpacked on the way.
 */
export class View {
  /** @internal */
  readonly mark: string = MARK;
  readonly array: TypedArray;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Number of elements. */
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
  readonly #dense: boolean;
  /** The array as the loops see it, which count in words: an element is one or two of them. */
  readonly #field: Bits;
  readonly #words: number;
  readonly #runs: readonly Run[];

  /** @internal Arguments have been checked. */
  constructor(array: TypedArray, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.array = array;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    this.length = shape.reduce((product, extent) => product * extent, 1);
    this.BYTES_PER_ELEMENT = array.BYTES_PER_ELEMENT;
    const runs = merge(shape, strides);
    this.#dense = runs.length === 1 && runs[0]!.stride === 1;
    this.#field = bitsOf(array);
    this.#words = wordsPerElement(array);
    this.#runs = inWords(runs, this.#words);
  }

  /**
   * Copies the elements, in order, to the front of an array of the same type; without one, to a new array. Returns it.
   *
   * @throws MpiError ERR_TYPE, ERR_COUNT for an array of another type or too short.
   */
  pack(): TypedArray;
  pack<A extends TypedArray>(into: A): A;
  pack(into: TypedArray = allocate(this.array, this.length)): TypedArray {
    this.#checkPacked(into, this.length, 'pack');
    pack(bitsOf(into), this.#field, this.offset * this.#words, this.#runs, this.length * this.#words);
    return into;
  }

  /**
   * Sets the first `count` elements (default: all) from the front of an array of the same type.
   *
   * @throws MpiError ERR_TYPE, ERR_COUNT for an array of another type or too short.
   */
  unpack(from: TypedArray, count: number = this.length): void {
    if (!Number.isInteger(count) || count < 0 || count > this.length)
      throw refuse('unpack', 'ERR_COUNT', `${count} elements of a view of ${this.length}`);
    this.#checkPacked(from, count, 'unpack');
    unpack(bitsOf(from), this.#field, this.offset * this.#words, this.#runs, count * this.#words);
  }

  /** Its elements as an array over the same memory, if they lie one behind the other. */
  contiguous(): TypedArray | undefined {
    return this.#dense ? this.array.subarray(this.offset, this.offset + this.length) : undefined;
  }

  #checkPacked(packed: TypedArray, count: number, operation: string): void {
    if (kindOf(packed) !== kindOf(this.array)) {
      const types = `a view of ${this.array.constructor.name} and ${packed.constructor.name}`;
      throw refuse(operation, 'ERR_TYPE', `the element types differ: ${types}`);
    }
    if (packed.length >= count) return;
    throw refuse(operation, 'ERR_COUNT', `${packed.length} elements where ${count} are needed`);
  }
}

/**
 * A view of elements at regular distances (MPI_Type_vector and its nesting, MPI 4.1 §5.1.2): a column of a row-major field with n columns is
 * `strided(field, { offset: column, shape: [rows], strides: [n] })`. To receive into it, no two indices may lie on one element.
 *
 * @throws MpiError ERR_ARG when shape and strides do not match or an element lies outside the array, ERR_TYPE for no typed array.
 */
export function strided(array: TypedArray, { offset = 0, shape, strides }: Strided): View {
  checkArray('strided', array);
  if (shape.length !== strides.length) {
    throw refuse('strided', 'ERR_ARG', `${shape.length} extents and ${strides.length} strides`);
  }
  checkWhole('strided', 'extent', shape, 0);
  checkWhole('strided', 'stride', strides, -Infinity);
  checkWhole('strided', 'offset', [offset], 0);
  let first = offset;
  let last = offset;
  shape.forEach((extent, i) => {
    const reach = (extent - 1) * strides[i]!;
    if (reach < 0) first += reach;
    else last += reach;
  });
  const empty = shape.includes(0);
  if (!empty && (first < 0 || last >= array.length)) {
    const span = `the view reaches from element ${first} to ${last}`;
    throw refuse('strided', 'ERR_ARG', `${span} of an array of ${array.length}`);
  }
  return new View(array, offset, [...shape], [...strides]);
}

/**
 * A view of a block of a row-major field (MPI_Type_create_subarray, MPI 4.1 §5.1.3): `subshape` elements along each dimension, from index
 * `start` on (default: the corner), of the `shape` elements of the array.
 *
 * @throws MpiError ERR_ARG when the block does not lie within the field or the field does not lie within the array, ERR_TYPE for no
 *     typed array.
 */
export function subarray(
  array: TypedArray,
  shape: readonly number[],
  subshape: readonly number[],
  start: readonly number[] = shape.map(() => 0),
): View {
  checkArray('subarray', array);
  if (subshape.length !== shape.length || start.length !== shape.length) {
    const dimensions = `${shape.length} of the field, ${subshape.length} of the block, ${start.length} of its start`;
    throw refuse('subarray', 'ERR_ARG', `the numbers of dimensions differ: ${dimensions}`);
  }
  checkWhole('subarray', 'extent', shape, 0);
  checkWhole('subarray', 'extent', subshape, 0);
  checkWhole('subarray', 'start', start, 0);
  shape.forEach((extent, i) => {
    if (start[i]! + subshape[i]! <= extent) return;
    const block = `${subshape[i]} elements from index ${start[i]}`;
    throw refuse('subarray', 'ERR_ARG', `${block} do not lie within the ${extent} of dimension ${i}`);
  });
  const total = shape.reduce((product, extent) => product * extent, 1);
  if (total > array.length) {
    const field = `a field of ${shape.join(' × ')}`;
    throw refuse('subarray', 'ERR_ARG', `${field} does not lie within an array of ${array.length} elements`);
  }
  const strides: number[] = [];
  shape.reduceRight((stride, extent, i) => ((strides[i] = stride), stride * extent), 1);
  const offset = start.reduce((sum, index, i) => sum + index * strides[i]!, 0);
  return new View(array, offset, [...subshape], strides);
}

/** Dimensions of one element left out, those that follow on each other made one; from the slowest to the fastest, at least one. */
function merge(shape: readonly number[], strides: readonly number[]): Run[] {
  const runs: Run[] = [];
  shape.forEach((count, i) => {
    const stride = strides[i]!;
    if (count === 1) return;
    const outer = runs.at(-1);
    if (outer?.stride === count * stride) runs[runs.length - 1] = { count: outer.count * count, stride };
    else runs.push({ count, stride });
  });
  if (shape.includes(0)) return [{ count: 0, stride: 1 }];
  return runs.length === 0 ? [{ count: 1, stride: 1 }] : runs;
}

function inWords(runs: readonly Run[], words: number): readonly Run[] {
  if (words === 1) return runs;
  const scaled = runs.map(({ count, stride }) => ({ count, stride: stride * words }));
  return [...scaled, { count: words, stride: 1 }];
}

function checkArray(operation: string, array: unknown): void {
  if (kindOf(array) < 0) throw refuse(operation, 'ERR_TYPE', 'a view is of a typed array');
}

function checkWhole(operation: string, what: string, values: readonly number[], least: number): void {
  const bad = values.find((value) => !Number.isSafeInteger(value) || value < least);
  if (bad !== undefined) throw refuse(operation, 'ERR_ARG', `${String(bad)} is no ${what}`);
}

function refuse(operation: string, code: 'ERR_ARG' | 'ERR_COUNT' | 'ERR_TYPE', message: string): MpiError {
  return new MpiError(code, message, { operation });
}
