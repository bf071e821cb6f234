import { bytesOf, type ElementType } from '../fields.ts';
import { axisName, FIRST_WORDS, type Layout } from '../layout.ts';
import { ordered, uses, type AxisArray, type Node, type Store } from '../ir/node.ts';
import { Emitter, type Surroundings } from './emitter.ts';
import { Functions } from './functions.ts';
import { Code, NO_VALUE, ValueType } from './instructions.ts';
import { scalarShape, vectorShape, type Shape } from './shape.ts';

/** What a module is made for. */
export interface Program {
  readonly stores: readonly Store[];
  readonly layout: Layout;
  readonly type: ElementType;
  readonly dims: number;
  readonly pitch: number;
  readonly plane: number;
}

/** Parameters of `run`. */
const BLOCK = 0;
const X0 = 1;
const X1 = 2;
const Y0 = 3;
const Z0 = 5;
/** Vectors a turn of the main loop: four are slower, and V8's 256-bit vectors are made of pairs. */
const UNROLL = 2;

/**
 * The functions of a module. `run` computes a box row by row: along x two vectors at a time, then single ones, then one point at a time. What does
 * not change along a row is computed before it, what changes nowhere before everything.
 */
export function generate(program: Program): Code[] {
  return new Generator(program).functions();
}

class Generator {
  readonly #code = new Code('run', Array<ValueType>(7).fill(ValueType.I32), []);
  readonly #functions = new Functions(1);
  readonly #uses: Map<Node, number>;
  readonly #nodes: readonly Node[];
  readonly #scalar: Shape;
  readonly #vector: Shape;
  /** Values of levels 0 and 1: as one number, and in all lanes of a vector. */
  readonly #outer = new Map<Node, number>();
  readonly #splat = new Map<Node, number>();
  readonly #pointers = new Map<
    string,
    { readonly base: number; readonly row: number; readonly least: number }
  >();
  readonly #axes = new Map<string, number>();
  readonly #axisRows = new Map<string, { readonly row: number; readonly least: number }>();
  readonly #size: number;
  readonly #x = this.#code.local(ValueType.I32);
  readonly #y = this.#code.local(ValueType.I32);
  readonly #z = this.#code.local(ValueType.I32);

  constructor(readonly program: Program) {
    const roots = program.stores.map(({ value }) => value);
    this.#uses = uses(roots);
    this.#nodes = ordered(roots);
    this.#scalar = scalarShape(program.type);
    this.#vector = vectorShape(program.type);
    this.#size = bytesOf(program.type);
  }

  functions(): Code[] {
    const code = this.#code;
    this.#arrays();
    this.#compute(0);
    this.#loop(this.#z, Z0, () =>
      this.#loop(this.#y, Y0, () => {
        this.#compute(1);
        this.#rows();
        code.get(X0).set(this.#x);
        this.#along(this.#vector, UNROLL);
        this.#along(this.#vector, 1);
        this.#along(this.#scalar, 1);
      }),
    );
    return [code, ...this.#functions.made];
  }

  /** Reads from the block where fields and axes begin. */
  #arrays(): void {
    const { layout } = this.program;
    const word = (index: number) => {
      const local = this.#code.local(ValueType.I32);
      this.#code
        .get(BLOCK)
        .emit('i32.load', 4 * index, 2)
        .set(local);
      return local;
    };
    layout.fields.forEach((name, i) => {
      const base = word(FIRST_WORDS + i);
      const row = this.#code.local(ValueType.I32);
      const loads = this.#nodes.filter((node) => node.op === 'load' && node.name === name);
      const least = Math.min(0, ...loads.map(({ offset }) => this.#bytes(offset)));
      this.#pointers.set(name, { base, row, least });
    });
    layout.axes.forEach((slot, i) =>
      this.#axes.set(axisName(slot), word(FIRST_WORDS + layout.fields.length + i)),
    );
    for (const { dim, name } of layout.axes.filter(({ dim }) => dim === 0)) {
      const loads = this.#nodes.filter((node) => node.op === 'axis' && node.dim === 0 && node.name === name);
      const least = Math.min(...loads.map(({ offset }) => offset[0]! * this.#size));
      this.#axisRows.set(axisName({ name, dim }), { row: this.#code.local(ValueType.I32), least });
    }
  }

  #bytes(offset: readonly number[]): number {
    const { pitch, plane } = this.program;
    return this.#size * (offset[0]! + (offset[1] ?? 0) * pitch + (offset[2] ?? 0) * plane);
  }

  /** Values of a level that inner ones use. */
  #compute(level: 0 | 1): void {
    const emitter = new Emitter(this.#code, this.#scalar, this.#uses, this.#around(this.#scalar, 0));
    const vectors = new Emitter(this.#code, this.#vector, this.#uses, this.#around(this.#vector, 0));
    for (const node of this.#used(level)) {
      if (node.op === 'const') {
        if (node.type === 'number') this.#splat.set(node, vectors.keep(node));
        continue;
      }
      const local = emitter.keep(node);
      this.#outer.set(node, local);
      const splat = this.#code.local(ValueType.V128);
      this.#code.get(local);
      this.#toVector(node);
      this.#code.set(splat);
      this.#splat.set(node, splat);
    }
  }

  #used(level: 0 | 1): Set<Node> {
    const found = new Set<Node>();
    for (const { value } of this.program.stores) if (value.level === level) found.add(value);
    for (const node of this.#nodes)
      if (node.level > level) for (const arg of node.args) if (arg.level === level) found.add(arg);
    return found;
  }

  #toVector({ type }: Node): void {
    const { prefix } = this.#vector;
    if (type === 'number') {
      this.#code.emit(`${prefix}.splat`);
      return;
    }
    // A truth value becomes a mask: all bits of a lane.
    const negated = this.#code.local(ValueType.I32);
    this.#code.set(negated).emit('i32.const', 0).get(negated).emit('i32.sub');
    if (prefix === 'f64x2') this.#code.emit('i64.extend_i32_s').emit('i64x2.splat');
    else this.#code.emit('i32x4.splat');
  }

  /** A loop over y or z, from its low parameter to the next one. */
  #loop(local: number, low: number, body: () => void): void {
    const code = this.#code;
    code.get(low).set(local).emit('block', NO_VALUE).emit('loop', NO_VALUE);
    code
      .get(local)
      .get(low + 1)
      .emit('i32.ge_s')
      .emit('br_if', 1);
    body();
    code.get(local).emit('i32.const', 1).emit('i32.add').set(local).emit('br', 0).emit('end').emit('end');
  }

  /** Points each field's pointer at the first point of the row, or below it where neighbors lie lower. */
  #rows(): void {
    const { pitch, plane } = this.program;
    const code = this.#code;
    const row = code.local(ValueType.I32);
    code.get(this.#y).emit('i32.const', pitch).emit('i32.mul');
    code.get(this.#z).emit('i32.const', plane).emit('i32.mul').emit('i32.add');
    code.get(X0).emit('i32.add').emit('i32.const', this.#size).emit('i32.mul').set(row);
    const point = (base: number, start: () => void, least: number, into: number) => {
      code.get(base);
      start();
      code.emit('i32.add').emit('i32.const', least).emit('i32.add').set(into);
    };
    for (const { base, row: into, least } of this.#pointers.values())
      point(base, () => code.get(row), least, into);
    for (const [name, { row: into, least }] of this.#axisRows)
      point(
        this.#axes.get(name)!,
        () => code.get(X0).emit('i32.const', this.#size).emit('i32.mul'),
        least,
        into,
      );
  }

  /** As much of a row as fits, `copies` shapes at a time. */
  #along(shape: Shape, copies: number): void {
    const code = this.#code;
    const step = shape.lanes * copies;
    const fits = () => code.get(this.#x).emit('i32.const', step).emit('i32.add').get(X1).emit('i32.le_s');
    code.emit('block', NO_VALUE);
    fits().emit('i32.eqz').emit('br_if', 0).emit('loop', NO_VALUE);
    this.#points(shape, copies);
    for (const { row } of [...this.#pointers.values(), ...this.#axisRows.values()])
      code
        .get(row)
        .emit('i32.const', step * this.#size)
        .emit('i32.add')
        .set(row);
    code.get(this.#x).emit('i32.const', step).emit('i32.add').set(this.#x);
    fits().emit('br_if', 0).emit('end').emit('end');
  }

  /** Each store of the kernel: values of all copies first, so that V8 can make one wide vector of two. */
  #points(shape: Shape, copies: number): void {
    const code = this.#code;
    const emitters = Array.from(
      { length: copies },
      (_, copy) => new Emitter(code, shape, this.#uses, this.#around(shape, copy)),
    );
    for (const { name, value } of this.program.stores) {
      const { row, least } = this.#pointers.get(name)!;
      const values = emitters.map((emitter) => {
        const local = code.local(shape.number);
        emitter.value(value);
        code.set(local);
        return local;
      });
      values.forEach((local, copy) => {
        code
          .get(row)
          .get(local)
          .emit(shape.store, copy * shape.lanes * this.#size - least, shape.align);
      });
    }
  }

  #around(shape: Shape, copy: number): Surroundings {
    const outer = shape.vector ? this.#splat : this.#outer;
    return {
      leaf: (node) => this.#leaf(node, shape, copy),
      outer: (node) => outer.get(node),
      callee: (op, vector) => this.#functions.number(op, vector),
    };
  }

  #leaf(node: Node, shape: Shape, copy: number): void {
    const code = this.#code;
    const { layout } = this.program;
    if (node.op === 'number') {
      const index = layout.numbers.indexOf(node.name);
      code.get(BLOCK).emit(shape.load, layout.numbersAt + this.#size * index, shape.align);
    } else if (node.op === 'load') {
      const { row, least } = this.#pointers.get(node.name)!;
      const at = this.#bytes(node.offset) - least + copy * shape.lanes * this.#size;
      code.get(row).emit(shape.load, at, shape.align);
    } else if (node.op === 'axis') {
      this.#axis(node, shape, copy);
    } else {
      this.#index(node, shape, copy);
    }
  }

  #axis({ name, dim, offset }: Node, shape: Shape, copy: number): void {
    const code = this.#code;
    const slot = axisName({ name: name as AxisArray, dim });
    if (dim === 0) {
      const { row, least } = this.#axisRows.get(slot)!;
      code
        .get(row)
        .emit(shape.load, offset[0]! * this.#size - least + copy * shape.lanes * this.#size, shape.align);
      return;
    }
    code.get(this.#axes.get(slot)!).get(dim === 1 ? this.#y : this.#z);
    code
      .emit('i32.const', offset[0]!)
      .emit('i32.add')
      .emit('i32.const', this.#size)
      .emit('i32.mul')
      .emit('i32.add');
    code.emit(shape.load, 0, shape.align);
  }

  /** Global index of the point; in a vector each lane has its own. */
  #index({ dim }: Node, shape: Shape, copy: number): void {
    const code = this.#code;
    code
      .get(BLOCK)
      .emit('i32.load', 4 * dim, 2)
      .get([this.#x, this.#y, this.#z][dim]!)
      .emit('i32.add');
    code
      .emit('i32.const', copy * shape.lanes)
      .emit('i32.add')
      .emit(`${this.program.type}.convert_i32_s`);
    if (!shape.vector) return;
    code.emit(`${shape.prefix}.splat`);
    const ramp = shape.lanes === 2 ? new Float64Array([0, 1]) : new Float32Array([0, 1, 2, 3]);
    code.emit('v128.const', ...new Uint8Array(ramp.buffer)).emit(`${shape.prefix}.add`);
  }
}
