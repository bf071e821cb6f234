type NumberKind =
  | Int8ArrayConstructor
  | Uint8ArrayConstructor
  | Uint8ClampedArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor;

/** Typed arrays of numbers. */
export const NUMBERS: readonly NumberKind[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
];

/** All typed arrays. */
export const KINDS: readonly (NumberKind | BigInt64ArrayConstructor | BigUint64ArrayConstructor)[] = [
  ...NUMBERS,
  BigInt64Array,
  BigUint64Array,
];
