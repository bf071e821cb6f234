/**
 * Instructions that kernels are made of: opcodes of the WebAssembly core specification (release 2.0, binary format), with the kind of what follows
 * each. Those from 0xfd00 on carry the prefix of vector instructions.
 */
export type Immediate =
  'none' | 'type' | 'index' | 'memory' | 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'lanes';

const SIMD = 0xfd00;

/** Opcodes in order from the first; `_` leaves one out. */
function row(
  first: number,
  names: string,
  immediate: Immediate = 'none',
): [string, readonly [number, Immediate]][] {
  return names
    .split(' ')
    .map((name, i): [string, readonly [number, Immediate]] => [name, [first + i, immediate]])
    .filter(([name]) => name !== '_');
}

const prefixed = (prefix: string, names: string) =>
  names
    .split(' ')
    .map((name) => (name === '_' ? name : `${prefix}.${name}`))
    .join(' ');

export const INSTRUCTIONS: ReadonlyMap<string, readonly [opcode: number, immediate: Immediate]> = new Map([
  ...row(0x02, 'block loop', 'type'),
  ...row(0x0b, 'end'),
  ...row(0x0c, 'br br_if', 'index'),
  ...row(0x10, 'call', 'index'),
  ...row(0x1b, 'select'),
  ...row(0x20, 'local.get local.set local.tee', 'index'),
  ...row(0x28, 'i32.load _ f32.load f64.load', 'memory'),
  ...row(0x38, 'f32.store f64.store', 'memory'),
  ...row(0x41, 'i32.const', 'i32'),
  ...row(0x42, 'i64.const', 'i64'),
  ...row(0x43, 'f32.const', 'f32'),
  ...row(0x44, 'f64.const', 'f64'),
  ...row(0x45, prefixed('i32', 'eqz eq ne lt_s _ gt_s _ le_s _ ge_s')),
  ...row(0x5b, prefixed('f32', 'eq ne lt gt le ge')),
  ...row(0x61, prefixed('f64', 'eq ne lt gt le ge')),
  ...row(0x6a, prefixed('i32', 'add sub mul')),
  ...row(0x71, prefixed('i32', 'and or xor')),
  ...row(0x7c, prefixed('i64', 'add')),
  ...row(0x83, prefixed('i64', 'and or _ shl _ shr_u')),
  ...row(0x8b, prefixed('f32', 'abs neg ceil floor trunc nearest sqrt add sub mul div min max')),
  ...row(0x99, prefixed('f64', 'abs neg ceil floor trunc nearest sqrt add sub mul div min max')),
  ...row(0xac, 'i64.extend_i32_s'),
  ...row(0xb2, 'f32.convert_i32_s'),
  ...row(0xb6, 'f32.demote_f64 f64.convert_i32_s'),
  ...row(0xbb, 'f64.promote_f32 _ i64.reinterpret_f64 _ f64.reinterpret_i64'),
  ...row(SIMD + 0x00, 'v128.load', 'memory'),
  ...row(SIMD + 0x0b, 'v128.store', 'memory'),
  ...row(SIMD + 0x0c, 'v128.const', 'v128'),
  ...row(SIMD + 0x0d, 'i8x16.shuffle', 'lanes'),
  ...row(SIMD + 0x11, 'i32x4.splat i64x2.splat f32x4.splat f64x2.splat'),
  ...row(SIMD + 0x41, prefixed('f32x4', 'eq ne lt gt le ge')),
  ...row(SIMD + 0x47, prefixed('f64x2', 'eq ne lt gt le ge')),
  ...row(SIMD + 0x4d, prefixed('v128', 'not and andnot or xor bitselect')),
  ...row(SIMD + 0x5e, 'f32x4.demote_f64x2_zero f64x2.promote_low_f32x4'),
  ...row(SIMD + 0x67, prefixed('f32x4', 'ceil floor trunc nearest')),
  ...row(SIMD + 0x74, prefixed('f64x2', 'ceil floor _ _ _ _ trunc')),
  ...row(SIMD + 0x94, 'f64x2.nearest'),
  ...row(SIMD + 0xcb, prefixed('i64x2', 'shl _ shr_u add')),
  ...row(SIMD + 0xe0, prefixed('f32x4', 'abs neg _ sqrt add sub mul div min max')),
  ...row(SIMD + 0xec, prefixed('f64x2', 'abs neg _ sqrt add sub mul div min max')),
]);

/** One instruction with its immediates: an index or a constant; offset and alignment; 16 lanes. */
export interface Instruction {
  readonly name: string;
  readonly immediates: readonly number[];
}

/** Types of values by their code in the binary format. */
export const ValueType = { I32: 0x7f, I64: 0x7e, F32: 0x7d, F64: 0x7c, V128: 0x7b } as const;
export type ValueType = (typeof ValueType)[keyof typeof ValueType];
export const NO_VALUE = 0x40;

/** Instructions of a function as they are generated, and its local variables. */
export class Code {
  readonly instructions: Instruction[] = [];
  readonly locals: ValueType[] = [];

  constructor(
    readonly name: string,
    readonly parameters: readonly ValueType[],
    readonly results: readonly ValueType[],
  ) {}

  /** A new local variable. */
  local(type: ValueType): number {
    this.locals.push(type);
    return this.parameters.length + this.locals.length - 1;
  }

  emit(name: string, ...immediates: readonly number[]): this {
    this.instructions.push({ name, immediates });
    return this;
  }

  get(local: number): this {
    return this.emit('local.get', local);
  }

  set(local: number): this {
    return this.emit('local.set', local);
  }
}
