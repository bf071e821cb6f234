import { KernelError } from './error.ts';
import { isUniform, type Axis } from './fields.ts';
import { axisName, FIRST_WORDS } from './layout.ts';
import type { Gathered } from './arguments.ts';
import type { Plan } from './engine.ts';
import { PAGE_BYTES, type WasmMemory } from './wasm/api.ts';

/** The page of a memory in which kernels find their arguments, and whose arguments are in it. */
export class Page {
  static readonly #pages = new WeakMap<WasmMemory, Page>();
  /** Byte offset in the memory. */
  readonly offset: number;
  readonly #words: Uint32Array;
  #owner: Block | undefined;

  private constructor(memory: WasmMemory, kernel: string) {
    try {
      this.offset = memory.grow(1) * PAGE_BYTES;
    } catch (cause) {
      const message =
        'the memory of its fields cannot grow by the page that arguments are kept in: make it with a larger maximum';
      throw new KernelError('ERR_ARGUMENT', kernel, message, { cause });
    }
    this.#words = new Uint32Array(memory.buffer, this.offset, PAGE_BYTES / 4);
  }

  static of(memory: WasmMemory, kernel: string): Page {
    let page = Page.#pages.get(memory);
    if (page === undefined) {
      page = new Page(memory, kernel);
      Page.#pages.set(memory, page);
    }
    return page;
  }

  /** Puts a block's arguments in, unless they are there from its last run. */
  hold(block: Block): void {
    if (this.#owner === block) return;
    const { words } = block;
    const to = this.#words;
    for (let i = 0; i < words.length; i++) to[i] = words[i]!;
    this.#owner = block;
  }

  /** Forgets whose arguments are in it: they have changed. */
  release(block: Block): void {
    if (this.#owner === block) this.#owner = undefined;
  }
}

/** Arguments of one bound kernel, as its engine reads them. */
export class Block {
  readonly words: Uint32Array;
  readonly #numbers: Float64Array | Float32Array;

  constructor(
    readonly plan: Plan,
    { fields, numbers }: Gathered,
    axes: readonly Axis[],
    /** Bytes that places are counted in: 1, or on a GPU those of an element. */
    unit = 1,
  ) {
    const { layout, type } = plan;
    const buffer = new ArrayBuffer(layout.bytes);
    this.words = new Uint32Array(buffer);
    const signed = new Int32Array(buffer);
    axes.forEach(({ first }, dim) => (signed[dim] = first));
    layout.fields.forEach((name, i) => (this.words[FIRST_WORDS + i] = fields.get(name)!.offset / unit));
    layout.axes.forEach((slot, i) => {
      const axis = axes[slot.dim]!;
      if (!isUniform(axis))
        this.words[FIRST_WORDS + layout.fields.length + i] = axis.arrays[slot.name] / unit;
      else
        throw new KernelError(
          'ERR_ARGUMENT',
          plan.name,
          `needs ${axisName(slot)}, which a uniform axis does not have`,
        );
    });
    const count = layout.numbers.length;
    this.#numbers =
      type === 'f64'
        ? new Float64Array(buffer, layout.numbersAt, count)
        : new Float32Array(buffer, layout.numbersAt, count);
    layout.numbers.forEach((name, i) => (this.#numbers[i] = numbers.get(name)!));
  }

  /** Gives a number another value; false if the kernel does not use it. */
  setNumber(name: string, value: number): boolean {
    const index = this.plan.layout.numbers.indexOf(name);
    if (index < 0) return false;
    this.#numbers[index] = value;
    return true;
  }
}
