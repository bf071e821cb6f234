import { COMPARE, TRANSCENDENTAL, type Node, type TranscendentalOp } from '../ir/node.ts';
import { floats } from './encoder.ts';
import type { Code } from './instructions.ts';
import { ValueType } from './instructions.ts';
import type { Shape } from './shape.ts';

/** Where an emitter finds what is not computed by it. */
export interface Surroundings {
  /** Puts a given value on the stack: a load, an index, a number, an element of an axis, a parameter. */
  leaf(node: Node): void;
  /** Local that holds a value computed outside of the loop; undefined for one that belongs here. */
  outer(node: Node): number | undefined;
  /** Number of the function that computes a transcendental one on doubles. */
  callee(op: TranscendentalOp, vector: boolean): number;
}

const BITS: Readonly<Record<string, readonly [vector: string, scalar: string]>> = {
  iadd: ['i64x2.add', 'i64.add'],
  iand: ['v128.and', 'i64.and'],
  ior: ['v128.or', 'i64.or'],
  ishl: ['i64x2.shl', 'i64.shl'],
  ishr: ['i64x2.shr_u', 'i64.shr_u'],
};
const LOGIC: Readonly<Record<string, readonly [vector: string, scalar: string]>> = {
  and: ['v128.and', 'i32.and'],
  or: ['v128.or', 'i32.or'],
  not: ['v128.not', 'i32.eqz'],
};
const ONES = Array<number>(16).fill(0xff);
const HIGH_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const BOTH_LOW = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** Emits values of the graph in one shape. A value used more than once is kept in a local variable. */
export class Emitter {
  readonly #kept = new Map<Node, number>();

  constructor(
    readonly code: Code,
    readonly shape: Shape,
    readonly uses: ReadonlyMap<Node, number>,
    readonly around: Surroundings,
  ) {}

  /** Local that holds a value, computed now unless it has been. */
  keep(node: Node): number {
    const known = this.#kept.get(node);
    if (known !== undefined) return known;
    this.#compute(node);
    const local = this.code.local(this.#type(node));
    this.code.set(local);
    this.#kept.set(node, local);
    return local;
  }

  /** Puts a value on the stack. */
  value(node: Node): void {
    const { code } = this;
    const known = this.#kept.get(node) ?? this.around.outer(node);
    if (known !== undefined) {
      code.get(known);
      return;
    }
    this.#compute(node);
    if ((this.uses.get(node) ?? 0) < 2 || (node.op === 'const' && !this.shape.vector)) return;
    const local = code.local(this.#type(node));
    code.emit('local.tee', local);
    this.#kept.set(node, local);
  }

  #type(node: Node): ValueType {
    return node.type === 'boolean' ? this.shape.boolean : this.shape.number;
  }

  #compute(node: Node): void {
    const { code, shape } = this;
    const { op, args } = node;
    if (op === 'const') return this.#constant(node);
    if (args.length === 0) return this.around.leaf(node);
    if (TRANSCENDENTAL.has(op)) return this.#call(op as TranscendentalOp, args);
    if (op in BITS) return this.#bits(node);
    if (op === 'select') {
      const [condition, a, b] = args as [Node, Node, Node];
      for (const each of [a, b, condition]) this.value(each);
      code.emit(shape.vector ? 'v128.bitselect' : 'select');
      return;
    }
    for (const arg of args) this.value(arg);
    const logic = LOGIC[op];
    if (logic !== undefined) code.emit(logic[shape.vector ? 0 : 1]);
    else if (op === 'same' && shape.vector) code.emit('v128.xor').emit('v128.not');
    else if (op === 'same') code.emit('i32.eq');
    else if (COMPARE.has(op) || node.type === 'number') code.emit(`${shape.prefix}.${op}`);
  }

  #constant({ type, value }: Node): void {
    const { code, shape } = this;
    if (type === 'boolean') {
      if (shape.vector) code.emit('v128.const', ...(value === 1 ? ONES : ONES.map(() => 0)));
      else code.emit('i32.const', value);
    } else if (shape.vector) {
      const bytes = floats(
        shape.lanes === 2 ? new Float64Array(2).fill(value) : new Float32Array(4).fill(value),
      );
      code.emit('v128.const', ...bytes);
    } else {
      code.emit(`${shape.prefix}.const`, value);
    }
  }

  #bits({ op, args, value }: Node): void {
    const { code, shape } = this;
    const [vector, scalar] = BITS[op]!;
    const shifts = op === 'ishl' || op === 'ishr';
    for (const arg of args) {
      this.value(arg);
      if (!shape.vector) code.emit('i64.reinterpret_f64');
    }
    if (shifts) code.emit(shape.vector ? 'i32.const' : 'i64.const', value);
    code.emit(shape.vector ? vector : scalar);
    if (!shape.vector) code.emit('f64.reinterpret_i64');
  }

  /** Transcendental functions are functions on doubles; singles are widened and the result is rounded once. */
  #call(op: TranscendentalOp, args: readonly Node[]): void {
    const { code, shape } = this;
    const callee = this.around.callee(op, shape.vector);
    if (shape.prefix === 'f32x4') return this.#callTwice(callee, args);
    for (const arg of args) {
      this.value(arg);
      if (shape.prefix === 'f32') code.emit('f64.promote_f32');
    }
    code.emit('call', callee);
    if (shape.prefix === 'f32') code.emit('f32.demote_f64');
  }

  #callTwice(callee: number, args: readonly Node[]): void {
    const { code } = this;
    const locals = args.map((arg) => {
      const local = code.local(ValueType.V128);
      this.value(arg);
      code.set(local);
      return local;
    });
    for (const local of locals) code.get(local).emit('f64x2.promote_low_f32x4');
    code.emit('call', callee).emit('f32x4.demote_f64x2_zero');
    for (const local of locals)
      code
        .get(local)
        .get(local)
        .emit('i8x16.shuffle', ...HIGH_HALF)
        .emit('f64x2.promote_low_f32x4');
    code
      .emit('call', callee)
      .emit('f32x4.demote_f64x2_zero')
      .emit('i8x16.shuffle', ...BOTH_LOW);
  }
}
