import { sharedMemory, Usage, type GpuMemory, type WasmMemory } from '../kernel/index.ts';
import { GridError } from './error.ts';
import type { RankGpu } from './gpu/device.ts';

const PAGE = 65536;
/** What a 32-bit WebAssembly memory can hold. */
const MOST_BYTES = 2 ** 32;
/** Starts of fields differ by this modulo a page of virtual memory, so that they do not fight for the same sets of a cache. */
const STAGGER = 256;
const CACHE_PERIOD = 4096;
const LINE = 64;
/** What kernels and other tables need beside fields. */
const RESERVE = 4 * PAGE;

/** Whether a rank's memory holds so many fields, and what kernels need beside them. */
export const fieldsFit = (fields: number, bytes: number, most: number): boolean =>
  fields * (bytes + CACHE_PERIOD) <= most - RESERVE;

/**
 * The memory of a rank's part of a grid: all of its fields, used by kernels and helper threads as it is. On a GPU a buffer has the same bytes at the same
 * places, and each range is moved when the other side wants it.
 */
export class GridMemory {
  readonly memory: WasmMemory = sharedMemory(PAGE, MOST_BYTES);
  /** With a GPU: its copy. */
  readonly buffer: GpuMemory | undefined;
  readonly #most: number;
  #next = LINE;
  #end = PAGE;
  #fields = 0;

  constructor(readonly gpu: RankGpu | undefined) {
    this.#most = Math.min(MOST_BYTES, gpu?.mostBytes ?? Infinity);
    const usage = Usage.STORAGE | Usage.COPY_SRC | Usage.COPY_DST;
    this.buffer = gpu?.device.createBuffer({ size: PAGE, usage, label: 'fields' });
  }

  /** What kernels are given. */
  get forKernels(): WasmMemory | GpuMemory {
    return this.buffer ?? this.memory;
  }

  /** To the GPU. */
  upload(offset: number, bytes: number): void {
    if (this.buffer === undefined) return;
    const data = new Uint8Array(this.memory.buffer, offset, bytes);
    this.gpu!.device.queue.writeBuffer(this.buffer, offset, data);
  }

  /** From the GPU, when all that it was given before is done. */
  download(offset: number, bytes: number): void {
    if (this.buffer !== undefined)
      this.gpu!.device.read(this.buffer, offset, new Uint8Array(this.memory.buffer, offset, bytes));
  }

  /**
   * Room for a field.
   *
   * @param largest bytes that the field takes on the rank with the most cells
   * @param ranksFor how many ranks would have room for so many fields, for the message
   * @returns byte offset, a multiple of 64
   * @throws GridError ERR_NO_MEM on all ranks alike, but where one of them has no memory left
   */
  field(
    bytes: number,
    largest: number,
    ranksFor: (fields: number, most: number) => number | undefined,
  ): number {
    const count = this.#fields + 1;
    if (!fieldsFit(count, largest, this.#most)) {
      const enough = ranksFor(count, this.#most);
      const advice = enough === undefined ? 'take more ranks' : `take ${enough} ranks or more`;
      const most = Number((this.#most / 2 ** 30).toFixed(1));
      const needed = ((count * largest) / 2 ** 30).toFixed(1);
      const message = `the fields of a rank need ${needed} GiB, and it can have ${most}: ${advice}`;
      throw new GridError('ERR_NO_MEM', message, { operation: 'field' });
    }
    const start = this.allocate(bytes, (this.#fields * STAGGER) % CACHE_PERIOD);
    this.#fields = count;
    return start;
  }

  /** Room for anything, zeros at first. */
  allocate(bytes: number, phase = 0): number {
    let start = aligned(this.#next, phase);
    if (start + bytes > this.#end) {
      const from = this.#grow(bytes + CACHE_PERIOD);
      // What was left of the last piece joins the new one, unless a kernel's arguments lie between.
      start = aligned(from === this.#end ? this.#next : from, phase);
      this.#end = this.memory.buffer.byteLength;
      // Twice as large: growing copies.
      if (this.buffer !== undefined && this.buffer.size < this.#end)
        this.gpu!.device.grow(this.buffer, Math.max(this.#end, Math.min(2 * this.buffer.size, this.#most)));
    }
    this.#next = start + bytes;
    return start;
  }

  #grow(bytes: number): number {
    try {
      return this.memory.grow(Math.ceil(bytes / PAGE)) * PAGE;
    } catch (cause) {
      throw new GridError('ERR_NO_MEM', `the system has no ${bytes} bytes for a field`, {
        operation: 'field',
        cause,
      });
    }
  }
}

/** The next byte that lies `phase` after the begin of a page. */
function aligned(at: number, phase: number): number {
  return at + ((((phase - at) % CACHE_PERIOD) + CACHE_PERIOD) % CACHE_PERIOD);
}
