import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { MpiError } from '../error.ts';
import { accessFlags, type FileCarrier, type FileMode, type Hints, type View } from '../file.ts';
import { codeOfNumber, fileError, numberOfCode } from '../file-error.ts';
import { bytesOf, Kind, viewOf, type TypedArray } from '../memory.ts';
import { forEachPiece, WHOLE } from '../tile.ts';
import type { ThreadsCarrier } from './carrier.ts';
import { Lock } from './lock.ts';
import { shareMemory } from './share.ts';

/** One call of the system moves at most so much. */
const MOST_BYTES = 2 ** 30;

/** A file over threads: each rank has it open for itself. */
export class ThreadsFile implements FileCarrier {
  readonly #user: ThreadsCarrier;
  readonly #carrier: ThreadsCarrier;
  readonly #path: string;
  readonly #mode: FileMode;
  readonly #descriptor: number;
  #view: View = { start: 0, kind: Kind.Uint8, tile: WHOLE };
  #elementBytes = 1;
  #lock: Lock | undefined;

  /** `user` is the communicator the file is opened on, `carrier` the file's own. */
  constructor(user: ThreadsCarrier, carrier: ThreadsCarrier, path: string, mode: FileMode) {
    this.#user = user;
    this.#carrier = carrier;
    this.#path = path;
    this.#mode = mode;
    this.#descriptor = this.#try(() => openSync(path, accessFlags(mode)));
  }

  setView(view: View): void {
    this.#meet();
    this.#view = view;
    this.#elementBytes = viewOf(view.kind, new ArrayBuffer(0)).BYTES_PER_ELEMENT;
  }

  read(array: TypedArray, offset: number, collective: boolean): void {
    this.#together(collective, () =>
      this.#move(array, offset, (bytes, from, length, position) =>
        readSync(this.#descriptor, bytes, from, length, position),
      ),
    );
  }

  write(array: TypedArray, offset: number, collective: boolean): void {
    this.#together(collective, () =>
      this.#move(array, offset, (bytes, from, length, position) =>
        writeSync(this.#descriptor, bytes, from, length, position),
      ),
    );
  }

  iread(array: TypedArray, offset: number): undefined {
    this.read(array, offset, false);
  }

  iwrite(array: TypedArray, offset: number): undefined {
    this.write(array, offset, false);
  }

  size(): number {
    return this.#try(() => fstatSync(this.#descriptor).size);
  }

  setSize(bytes: number): void {
    this.#once(() => ftruncateSync(this.#descriptor, bytes));
  }

  preallocate(bytes: number): void {
    this.#once(() => {
      if (this.size() < bytes) ftruncateSync(this.#descriptor, bytes);
    });
  }

  hints(): Hints {
    return {};
  }

  setHints(): void {
    this.#meet();
  }

  setAtomicity(atomic: boolean): void {
    this.#carrier.operation = this.#user.operation;
    if (!atomic) this.#lock = undefined;
    else this.#lock ??= new Lock(shareMemory(this.#carrier, () => new SharedArrayBuffer(4))!);
    this.#meet();
  }

  sync(): void {
    this.#together(true, () => {
      if (this.#mode.write) this.#try(() => fsyncSync(this.#descriptor));
    });
  }

  close(): void {
    this.#together(true, () => this.#try(() => closeSync(this.#descriptor)));
    if (this.#mode.deleteOnClose) this.#once(() => unlinkSync(this.#path));
    this.#carrier.operation = this.#user.operation;
    this.#carrier.free();
  }

  /** Goes piece by piece through what the view shows of the file. */
  #move(
    array: TypedArray,
    offset: number,
    call: (bytes: Uint8Array, from: number, length: number, position: number) => number,
  ): void {
    this.#lock?.take();
    try {
      this.#movePieces(array, offset, call);
    } finally {
      this.#lock?.giveBack();
    }
  }

  #movePieces(
    array: TypedArray,
    offset: number,
    call: (bytes: Uint8Array, from: number, length: number, position: number) => number,
  ): void {
    const bytes = bytesOf(array);
    const { start, tile } = this.#view;
    const size = this.#elementBytes;
    let from = 0;
    this.#try(() =>
      forEachPiece(tile, offset, bytes.byteLength / size, (at, n) => {
        const end = from + n * size;
        let position = start + at * size;
        while (from < end) {
          const moved = call(bytes, from, Math.min(end - from, MOST_BYTES), position);
          if (moved === 0) throw this.#ended();
          from += moved;
          position += moved;
        }
      }),
    );
  }

  /** What each rank does for itself; in a collective call all go on together, whether it failed or not. */
  #together(collective: boolean, call: () => void): void {
    try {
      call();
    } finally {
      if (collective) this.#meet();
    }
  }

  /** What rank 0 does for all, after all others are there. Fails on all ranks or on none. */
  #once(call: () => void): void {
    this.#meet();
    let failure: MpiError | undefined;
    const outcome = new Int32Array(1);
    try {
      if (this.#carrier.rank === 0) this.#try(call);
    } catch (error) {
      if (!(error instanceof MpiError)) throw error;
      failure = error;
      outcome[0] = numberOfCode(error.code);
    }
    this.#carrier.bcast(outcome, 0);
    if (failure !== undefined) throw failure;
    if (outcome[0] !== 0) {
      const details = { operation: this.#user.operation, rank: this.#user.rank };
      throw new MpiError(codeOfNumber(outcome[0]!), `${this.#path}: rank 0 could not do it`, details);
    }
  }

  #meet(): void {
    this.#carrier.operation = this.#user.operation;
    this.#carrier.barrier();
  }

  #ended(): MpiError {
    const { operation, rank } = this.#user;
    return new MpiError('ERR_IO', `${this.#path}: the file has ended`, { operation, rank });
  }

  #try<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw fileError(error, this.#path, { operation: this.#user.operation, rank: this.#user.rank });
    }
  }
}
