import { closeSync, openSync } from 'node:fs';
import type { Operation } from '../fabric.ts';
import { accessFlags, type FileCarrier, type FileMode, type Hints, type View } from '../file.ts';
import { Kind, kindOf, viewOf, type TypedArray } from '../memory.ts';
import { WHOLE } from '../tile.ts';
import type { MpiCarrier } from './carrier.ts';
import { Double, F, R, Word } from './registers.ts';

/** As in native/mpi.c. */
const Mode = { RDONLY: 1, WRONLY: 2, RDWR: 4, DELETE_ON_CLOSE: 8 } as const;
const Lock = { NONE: 0, SHARED: 1, EXCLUSIVE: 2 } as const;
const Access = { COLLECTIVE: 1, REQUEST: 2 } as const;

function bitsOf({ read, write, deleteOnClose }: FileMode): number {
  const access = read && write ? Mode.RDWR : write ? Mode.WRONLY : Mode.RDONLY;
  return access | (deleteOnClose ? Mode.DELETE_ON_CLOSE : 0);
}

/** A file of MPI. */
export class MpiFile implements FileCarrier {
  readonly #carrier: MpiCarrier;
  readonly #handle: number;
  /** Collective reads are MPI's: see faults.ts. */
  readonly #together: boolean;
  readonly #path: string;
  readonly #mode: FileMode;
  #kind: number = Kind.Uint8;
  /** A descriptor to lock the file with, where atomic accesses are left to us. */
  #lock: number | undefined;

  constructor(carrier: MpiCarrier, path: string, mode: FileMode) {
    this.#carrier = carrier;
    this.#together = !carrier.fabric.faults.has('file-read-sieving');
    R[Word.COMM] = carrier.handle;
    R[Word.MODE] = bitsOf(mode);
    carrier.fabric.binding.fileOpen(path, Object.entries(mode.hints).flat());
    carrier.fabric.check(carrier);
    this.#handle = R[Word.COMM]!;
    this.#path = path;
    this.#mode = mode;
  }

  setView({ start, kind, tile }: View): void {
    const size = viewOf(kind, new ArrayBuffer(0)).BYTES_PER_ELEMENT;
    // MPI has no empty filetype. Nothing is ever read or written through this one.
    const { length, start: first, levels, extent } = tile.length === 0 ? WHOLE : tile;
    const description = [length, first * size, extent * size];
    for (const { count, stride } of levels) description.push(count, stride * size);
    R[Word.KIND] = kind;
    R[Word.PEER] = levels.length;
    F[Double.ADDRESS] = start;
    this.#call(() => this.#carrier.fabric.binding.fileSetView(Float64Array.from(description)));
    this.#kind = kind;
  }

  read(array: TypedArray, offset: number, collective: boolean): void {
    if (this.#lock !== undefined) return this.#alone(Lock.SHARED, () => this.#read(array, offset, false));
    this.#read(array, offset, collective);
  }

  write(array: TypedArray, offset: number, collective: boolean): void {
    if (this.#lock !== undefined) return this.#alone(Lock.EXCLUSIVE, () => this.#write(array, offset, false));
    this.#write(array, offset, collective);
  }

  #read(array: TypedArray, offset: number, collective: boolean): void {
    this.#address(array, offset, collective && this.#together ? Access.COLLECTIVE : 0);
    this.#call(() => this.#carrier.fabric.binding.fileRead(array));
  }

  #write(array: TypedArray, offset: number, collective: boolean): void {
    this.#address(array, offset, collective ? Access.COLLECTIVE : 0);
    this.#call(() => this.#carrier.fabric.binding.fileWrite(array));
  }

  iread(array: TypedArray, offset: number, collective: boolean): Operation | undefined {
    if (this.#lock !== undefined) {
      this.read(array, offset, collective);
      return undefined;
    }
    this.#address(array, offset, Access.REQUEST | (collective && this.#together ? Access.COLLECTIVE : 0));
    const { fabric } = this.#carrier;
    return fabric.begin(this.#carrier, 'send', 0, array, () => fabric.binding.fileRead(array));
  }

  iwrite(array: TypedArray, offset: number, collective: boolean): Operation | undefined {
    if (this.#lock !== undefined) {
      this.write(array, offset, collective);
      return undefined;
    }
    this.#address(array, offset, Access.REQUEST | (collective ? Access.COLLECTIVE : 0));
    const { fabric } = this.#carrier;
    return fabric.begin(this.#carrier, 'send', 0, array, () => fabric.binding.fileWrite(array));
  }

  size(): number {
    this.#call(() => this.#carrier.fabric.binding.fileSize());
    return F[Double.BYTES]!;
  }

  setSize(bytes: number): void {
    this.#resize(bytes, 0);
  }

  preallocate(bytes: number): void {
    if (!this.#carrier.fabric.faults.has('preallocate-race')) return this.#resize(bytes, 1);
    this.#carrier.barrier();
    const enough = this.size() >= bytes;
    this.#carrier.barrier();
    if (!enough) this.setSize(bytes);
  }

  hints(): Hints {
    R[Word.COMM] = this.#handle;
    const list = this.#carrier.fabric.binding.fileHints();
    this.#carrier.fabric.check(this.#carrier);
    return Object.fromEntries(list.flatMap((key, i) => (i % 2 === 0 ? [[key, list[i + 1]!]] : [])));
  }

  setHints(hints: Hints): void {
    this.#call(() => this.#carrier.fabric.binding.fileSetHints(Object.entries(hints).flat()));
  }

  setAtomicity(atomic: boolean): void {
    R[Word.MODE] = atomic ? 1 : 0;
    this.#call(() => this.#carrier.fabric.binding.fileSetAtomicity());
    if (!this.#carrier.fabric.faults.has('atomic-mode')) return;
    if (atomic) this.#lock ??= openSync(this.#path, accessFlags(this.#mode));
    else this.#unlocked();
  }

  #unlocked(): void {
    if (this.#lock !== undefined) closeSync(this.#lock);
    this.#lock = undefined;
  }

  /** While no other rank writes the file, or accesses it at all. Ranks that hold the lock wait for nobody. */
  #alone(how: number, call: () => void): void {
    const lock = (mode: number) => {
      R[Word.PEER] = this.#lock!;
      R[Word.MODE] = mode;
      this.#carrier.fabric.binding.fileLock();
      this.#carrier.fabric.check(this.#carrier);
    };
    lock(how);
    try {
      call();
    } finally {
      lock(Lock.NONE);
    }
  }

  sync(): void {
    this.#call(() => this.#carrier.fabric.binding.fileSync());
  }

  close(): void {
    this.#unlocked();
    this.#call(() => this.#carrier.fabric.binding.fileClose());
  }

  #resize(bytes: number, mode: number): void {
    F[Double.BYTES] = bytes;
    R[Word.MODE] = mode;
    this.#call(() => this.#carrier.fabric.binding.fileResize());
  }

  /** The memory counts in elements of the array, the offset in those of the view. */
  #address(array: TypedArray, offset: number, mode: number): void {
    R[Word.COMM] = this.#handle;
    R[Word.KIND] = this.#kind === Kind.Uint8 ? Kind.Uint8 : kindOf(array);
    R[Word.MODE] = mode;
    F[Double.ADDRESS] = offset;
    F[Double.COUNT] = this.#kind === Kind.Uint8 ? array.length * array.BYTES_PER_ELEMENT : array.length;
  }

  #call(call: () => void): void {
    R[Word.COMM] = this.#handle;
    call();
    this.#carrier.fabric.check(this.#carrier);
  }
}
