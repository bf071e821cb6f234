import { LinalgError } from '../error.ts';
import { binary } from './binary.js';

/** The part of WebAssembly's interface that is used here; @types/node declares none of it. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
}
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** The functions of `assembly/`; addresses are bytes in the memory. */
export interface Kernels {
  readonly dot: (x: number, y: number, n: number) => number;
  readonly dots: (x: number, y: number, n: number, out: number) => void;
  readonly dotImaginary: (x: number, y: number, n: number) => number;
  readonly axpy: (y: number, a: number, x: number, n: number) => void;
  readonly axpyComplex: (y: number, re: number, im: number, x: number, n: number) => void;
  readonly scale: (x: number, a: number, n: number) => void;
  readonly combine: (y: number, b: number, a: number, x: number, c: number, z: number, n: number) => void;
  readonly firstNotFinite: (x: number, n: number) => number;
  rotate(
    v: number,
    stride: number,
    n: number,
    columns: number,
    u: number,
    kept: number,
    scratch: number,
  ): void;
  readonly gather: (out: number, x: number, indices: number, count: number, width: number) => void;
  readonly rowsReal: (
    y: number,
    x: number,
    rowPtr: number,
    columns: number,
    values: number,
    rows: number,
  ) => void;
  readonly rowsMixed: (
    y: number,
    x: number,
    rowPtr: number,
    columns: number,
    values: number,
    rows: number,
  ) => void;
  readonly rowsComplex: (
    y: number,
    x: number,
    rowPtr: number,
    columns: number,
    values: number,
    rows: number,
  ) => void;
  randomFill(
    out: number,
    n: number,
    width: number,
    first: number,
    key0: number,
    key1: number,
    stream: number,
  ): void;
  readonly spinDiagonal: (out: number, first: number, blocks: number, terms: number, count: number) => void;
  readonly spinReal: (...args: number[]) => void;
  readonly spinComplex: (...args: number[]) => void;
  readonly sectorReal: (...args: number[]) => void;
  readonly sectorComplex: (...args: number[]) => void;
}

const PAGE = 65536;
const MAX_BYTES = 2 ** 32 - PAGE;
/** Vectors begin at whole blocks of 16 complex numbers. */
const ALIGNMENT = 256;

let compiled: object | undefined;
/**
 * Fresh pages cost as much as a product when they are first touched: the memory of the last solve
 * serves the next.
 */
let idle: WasmMemory | undefined;

/**
 * The memory of one solve on this rank: vectors and operators are addresses in it, allocated one
 * after the other and given back together.
 */
export class SolverMemory {
  readonly kernels: Kernels;
  readonly #memory: WasmMemory;
  readonly #buffer: ArrayBuffer;
  #used = ALIGNMENT;

  /**
   * @param bytes all that will be allocated, alignment not counted.
   * @param allocations how many pieces that will be.
   * @param ranks of the solve, for the message.
   * @throws LinalgError ERR_MEMORY for more than 4 GiB.
   */
  constructor(bytes: number, allocations: number, ranks: number) {
    const needed = ALIGNMENT * (allocations + 2) + bytes;
    if (needed > MAX_BYTES) {
      const enough = Math.ceil((ranks * needed) / (MAX_BYTES / 2));
      throw new LinalgError(
        'ERR_MEMORY',
        `a rank would need ${(needed / 2 ** 30).toFixed(1)} GiB, and has at most 4: about ${enough} ranks would do`,
      );
    }
    const pages = Math.ceil(needed / PAGE);
    const last = idle;
    idle = undefined;
    this.#memory =
      last !== undefined && last.buffer.byteLength >= needed
        ? last
        : new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.#buffer = this.#memory.buffer;
    compiled ??= new WebAssembly.Module(Buffer.from(binary, 'base64'));
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.kernels = exports as Kernels; // what build-kernels.js compiled from assembly/
  }

  /** The address of `bytes` that nobody else has. What lies there is left from before. */
  allocate(bytes: number): number {
    const address = this.#used;
    this.#used = Math.ceil((address + bytes) / ALIGNMENT) * ALIGNMENT;
    if (this.#used > this.#buffer.byteLength)
      throw new LinalgError('ERR_MEMORY', 'the memory of a solve was planned too small');
    return address;
  }

  /** The numbers at an address. */
  floats(address: number, length: number): Float64Array {
    return new Float64Array(this.#buffer, address, length);
  }

  /** The 32-bit numbers at an address. */
  ints(address: number, length: number): Int32Array {
    return new Int32Array(this.#buffer, address, length);
  }

  /** Copies numbers to new memory and gives its address. */
  storeInts(values: ArrayLike<number>): number {
    const address = this.allocate(4 * values.length);
    this.ints(address, values.length).set(values);
    return address;
  }

  /** Copies numbers to new memory and gives its address. */
  storeFloats(values: ArrayLike<number>): number {
    const address = this.allocate(8 * values.length);
    this.floats(address, values.length).set(values);
    return address;
  }

  /** Lets the next solve have the memory. */
  free(): void {
    idle = this.#memory;
  }
}
