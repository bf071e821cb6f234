import { closeSync, constants, fstatSync, openSync, unlinkSync } from 'node:fs';
import type { MpiError } from '../fabric/error.ts';
import type { Carrier, Operation } from '../fabric/fabric.ts';
import { accessFlags, type FileCarrier, type FileMode } from '../fabric/file.ts';
import { codeOfNumber, fileError, numberOfCode } from '../fabric/file-error.ts';
import { byteLengthOf, Kind, kindOf, viewOf, type TypedArray } from '../fabric/memory.ts';
import { elementsBefore, WHOLE, type Tile } from '../fabric/tile.ts';
import { CommunicatorBase } from './base.ts';
import type { Communicator } from './communicator.ts';
import { kindOfType, type ElementType } from './element-type.ts';
import { tileOf, type FileLayout } from './file-layout.ts';
import { allNumbers, Handle, refusal } from './handle.ts';
import { Request } from './request.ts';

/**
 * How a file is opened, as in node:fs: `r` reads, `w` writes an emptied or new file, `a` writes with the pointer at the end of an old or new one;
 * `+` does both; `x` wants a file that is not there yet.
 */
export type OpenMode = 'r' | 'r+' | 'w' | 'w+' | 'wx' | 'wx+' | 'a' | 'a+' | 'ax' | 'ax+';
const MODES: readonly OpenMode[] = ['r', 'r+', 'w', 'w+', 'wx', 'wx+', 'a', 'a+', 'ax', 'ax+'];

export interface OpenOptions {
  /** The file goes when it is closed (MPI_MODE_DELETE_ON_CLOSE). */
  readonly deleteOnClose?: boolean;
  /** For the MPI library, the same on all ranks (MPI_Info, §14.2.8): `{ cb_nodes: 4, striping_unit: 2 ** 20 }`. */
  readonly hints?: FileHints;
}

/** Keys and values that may make accesses quicker, and never change what they do. One that the MPI in use does not know is let be. */
export type FileHints = Readonly<Record<string, string | number | boolean>>;

/**
 * One file that all ranks of a communicator read and write (MPI 4.1 §14). What a rank sees of it is its view: at first all bytes, later elements
 * of a type and of those the ones that a layout selects. Offsets and lengths count elements of the view. Calls with `All` are collective, which lets MPI
 * turn many small pieces into few large ones. Numbers lie in the file as in memory ('native').
 *
 * What one rank has written another one sees after `sync()`, `comm.barrier()`, `sync()`, or after close and open (§14.6.1).
 */
export class File extends Handle {
  /** As it was given. */
  readonly path: string;
  readonly #file: FileCarrier;
  readonly #mode: FileMode;
  #start = 0;
  #kind: number = Kind.Uint8;
  #elementBytes = 1;
  #tile: Tile = WHOLE;
  #position = 0;
  #atomic = false;

  private constructor(carrier: Carrier, path: string, mode: FileMode, file: FileCarrier) {
    super(carrier);
    this.path = path;
    this.#mode = mode;
    this.#file = file;
  }

  /**
   * Collective: opens a file with the same mode on all ranks (§14.2.1). Fails on all of them: ERR_NO_SUCH_FILE, ERR_FILE_EXISTS,
   * ERR_ACCESS, ERR_BAD_FILE (a directory, a part of the path that is none), ERR_READ_ONLY, ERR_IO, …
   */
  static open(comm: Communicator, path: string, mode: OpenMode = 'r', options: OpenOptions = {}): File {
    const carrier = CommunicatorBase.begin(comm, 'File.open');
    const number = MODES.indexOf(mode);
    const hints = textOf(options.hints ?? {});
    const hash = hints === undefined ? -1 : hashOf(hints);
    const all = allNumbers(carrier, typeof path === 'string' && path !== '' ? 1 : 0, number, hash);
    const bad = all.findIndex(([, , itsHash]) => itsHash === -1);
    if (bad >= 0) throw refusal(carrier, 'ERR_ARG', `the hints on rank ${bad} ${NO_HINTS}`);
    all.forEach(([hasPath, itsNumber, itsHash], rank) => {
      if (hasPath === 0) throw refusal(carrier, 'ERR_BAD_FILE', `rank ${rank} gives no path`);
      if (itsNumber === -1)
        throw refusal(carrier, 'ERR_AMODE', `the mode on rank ${rank} is none of ${MODES.join(' ')}`);
      if (itsHash !== hash) throw refusal(carrier, 'ERR_NOT_SAME', `rank ${rank} gives other hints`);
      if (itsNumber === number) return;
      throw refusal(
        carrier,
        'ERR_NOT_SAME',
        `the mode is ${mode} here and ${MODES[itsNumber!]!} on rank ${rank}`,
      );
    });
    const parsed: FileMode = {
      read: mode.startsWith('r') || mode.endsWith('+'),
      write: mode !== 'r',
      deleteOnClose: options.deleteOnClose ?? false,
      hints: hints ?? {},
    };
    if (!mode.startsWith('r')) {
      const creation = constants.O_CREAT | (mode.includes('x') ? constants.O_EXCL : 0);
      together(carrier, path, carrier.rank === 0, () =>
        tryToOpen(carrier, path, accessFlags(parsed) | creation),
      );
    }
    together(carrier, path, true, () => tryToOpen(carrier, path, accessFlags(parsed)));
    const file = new File(carrier, path, parsed, carrier.openFile(path, parsed));
    if (mode.startsWith('w')) file.#file.setSize(0);
    // The same on all ranks: nobody may write before all have seen the size.
    if (mode.startsWith('a')) file.#position = allNumbers(carrier, file.#file.size())[0]![0]!;
    return file;
  }

  /** Collective: deletes a file; all ranks wait until it is done, or fail (§14.2.3). */
  static delete(comm: Communicator, path: string): void {
    const carrier = CommunicatorBase.begin(comm, 'File.delete');
    together(carrier, path, carrier.rank === 0, () => unlinkSync(path));
  }

  /**
   * Collective: from byte `displ` on the file is elements of `type`, of which this rank sees those of `layout`; each rank may have its own
   * (§14.3). The pointer goes to 0.
   */
  setView(displ: number, type: ElementType<TypedArray>, layout: FileLayout = 'contiguous'): void {
    this.enter('setView');
    if (!Number.isSafeInteger(displ) || displ < 0) {
      throw this.refuse('ERR_ARG', `${String(displ)} is no displacement: they count bytes from 0 on`);
    }
    const kind = kindOfType(type);
    if (kind < 0) throw this.refuse('ERR_TYPE', 'the element type is not the constructor of a typed array');
    const tile = tileOf(layout);
    if (typeof tile === 'string') throw this.refuse('ERR_ARG', tile);
    this.#file.setView({ start: displ, kind, tile });
    this.#start = displ;
    this.#kind = kind;
    this.#elementBytes = viewOf(kind, new ArrayBuffer(0)).BYTES_PER_ELEMENT;
    this.#tile = tile;
    this.#position = 0;
  }

  /**
   * Reads into an array from an offset in the view and returns how many elements of the array there were: fewer at the end of the file; the rest of the
   * array stays (§14.4.2).
   */
  readAt(array: TypedArray, offset: number): number {
    return this.#read('readAt', array, offset, false);
  }

  /** As `readAt`, by all ranks together (§14.4.2). */
  readAtAll(array: TypedArray, offset: number): number {
    return this.#read('readAtAll', array, offset, true);
  }

  /** Writes an array from an offset in the view on (§14.4.2). */
  writeAt(array: TypedArray, offset: number): void {
    this.#write('writeAt', array, offset, false);
  }

  /** As `writeAt`, by all ranks together (§14.4.2). */
  writeAtAll(array: TypedArray, offset: number): void {
    this.#write('writeAtAll', array, offset, true);
  }

  /** As `readAt`, from this rank's pointer, which goes on (§14.4.3). */
  read(array: TypedArray): number {
    return this.#advance(this.#read('read', array, this.#position, false), array);
  }

  /** As `read`, by all ranks together (§14.4.3). */
  readAll(array: TypedArray): number {
    return this.#advance(this.#read('readAll', array, this.#position, true), array);
  }

  /** As `writeAt`, from this rank's pointer, which goes on (§14.4.3). */
  write(array: TypedArray): void {
    this.#write('write', array, this.#position, false);
    this.#advance(array.length, array);
  }

  /** As `write`, by all ranks together (§14.4.3). */
  writeAll(array: TypedArray): void {
    this.#write('writeAll', array, this.#position, true);
    this.#advance(array.length, array);
  }

  /** As `readAt`, as a request that gives the number of elements (§14.4.2). Over threads it is complete at once. */
  ireadAt(array: TypedArray, offset: number): Request<number> {
    return this.#iread('ireadAt', array, offset, false);
  }

  /** As `readAtAll`, as a request (§14.4.2). */
  ireadAtAll(array: TypedArray, offset: number): Request<number> {
    return this.#iread('ireadAtAll', array, offset, true);
  }

  /** As `writeAt`, as a request; the array stays untouched till then (§14.4.2). */
  iwriteAt(array: TypedArray, offset: number): Request<void> {
    return this.#iwrite('iwriteAt', array, offset, false);
  }

  /** As `writeAtAll`, as a request (§14.4.2). */
  iwriteAtAll(array: TypedArray, offset: number): Request<void> {
    return this.#iwrite('iwriteAtAll', array, offset, true);
  }

  /** As `read`, as a request; the pointer goes on at once (§14.4.3). */
  iread(array: TypedArray): Request<number> {
    return this.#ireadOn('iread', array, false);
  }

  /** As `readAll`, as a request; the pointer goes on at once (§14.4.3). */
  ireadAll(array: TypedArray): Request<number> {
    return this.#ireadOn('ireadAll', array, true);
  }

  /** As `write`, as a request; the array stays untouched till then, the pointer goes on at once (§14.4.3). */
  iwrite(array: TypedArray): Request<void> {
    const request = this.#iwrite('iwrite', array, this.#position, false);
    this.#advance(array.length, array);
    return request;
  }

  /** As `writeAll`, as a request; the pointer goes on at once (§14.4.3). */
  iwriteAll(array: TypedArray): Request<void> {
    const request = this.#iwrite('iwriteAll', array, this.#position, true);
    this.#advance(array.length, array);
    return request;
  }

  /** The hints that the MPI library follows (§14.2.8, MPI_File_get_info): its own too. None over threads. */
  get hints(): Readonly<Record<string, string>> {
    this.enter('hints');
    return this.#file.hints();
  }

  /** Collective: gives the MPI library hints for what comes, the same on all ranks (§14.2.8, MPI_File_set_info). ERR_ARG for what is none. */
  setHints(hints: FileHints): void {
    this.enter('setHints');
    const text = textOf(hints);
    if (text === undefined) throw this.refuse('ERR_ARG', `the hints ${NO_HINTS}`);
    this.#file.setHints(text);
  }

  /** Whether accesses are atomic. */
  get atomicity(): boolean {
    return this.#atomic;
  }

  /**
   * Collective: from now on each access of a rank happens as a whole before or after those of others to the same bytes, and what is written is seen
   * by all at once, without `sync` (§14.6.1, MPI_File_set_atomicity); or no longer. Costs a lock for each access.
   */
  setAtomicity(atomic: boolean): void {
    this.enter('setAtomicity');
    if (typeof atomic !== 'boolean')
      throw this.refuse('ERR_ARG', `atomicity is true or false, not ${String(atomic)}`);
    this.#file.setAtomicity(atomic);
    this.#atomic = atomic;
  }

  /** This rank's pointer: the element of the view that `read` and `write` start from (§14.4.3). */
  get position(): number {
    return this.#position;
  }

  /** Moves this rank's pointer: counted from the start, from where it is, or from the end of the file (§14.4.3). */
  seek(offset: number, from: 'start' | 'current' | 'end' = 'start'): void {
    this.enter('seek');
    const base = { start: () => 0, current: () => this.#position, end: () => this.#available() }[from]();
    const position = base + offset;
    if (!Number.isSafeInteger(position) || position < 0) {
      throw this.refuse('ERR_ARG', `the pointer cannot go to element ${String(position)}`);
    }
    this.#position = position;
  }

  /** Bytes of the file (§14.2.6). */
  size(): number {
    this.enter('size');
    return this.#file.size();
  }

  /** Collective: cuts the file, or makes it longer by bytes that may hold anything (§14.2.4). */
  setSize(bytes: number): void {
    this.enter('setSize');
    this.#checkWrite();
    this.#checkBytes(bytes);
    this.#file.setSize(bytes);
  }

  /** Collective: makes the file at least so long, by bytes that may hold anything (§14.2.5). */
  preallocate(bytes: number): void {
    this.enter('preallocate');
    this.#checkWrite();
    this.#checkBytes(bytes);
    this.#file.preallocate(bytes);
  }

  /** Collective: what was written goes to the disk, and what others have written is seen (§14.6.1). */
  sync(): void {
    this.enter('sync');
    this.#file.sync();
  }

  /** Collective (§14.2.2). */
  close(): void {
    this.enter('close');
    this.#file.close();
    this.endWith(`${this.path} has been closed`);
  }

  #read(operation: string, array: TypedArray, offset: number, collective: boolean): number {
    const there = this.#there(operation, array, offset);
    this.#file.read(there, offset, collective);
    return there.length;
  }

  #iread(operation: string, array: TypedArray, offset: number, collective: boolean): Request<number> {
    const there = this.#there(operation, array, offset);
    const pending = this.#pending(this.#file.iread(there, offset, collective));
    return new Request(pending, () => there.length);
  }

  #ireadOn(operation: string, array: TypedArray, collective: boolean): Request<number> {
    const there = this.#there(operation, array, this.#position);
    const pending = this.#pending(this.#file.iread(there, this.#position, collective));
    this.#advance(there.length, array);
    return new Request(pending, () => there.length);
  }

  #write(operation: string, array: TypedArray, offset: number, collective: boolean): void {
    this.enter(operation);
    this.#checkWrite();
    this.#check(array, offset);
    this.#file.write(array, offset, collective);
  }

  #iwrite(operation: string, array: TypedArray, offset: number, collective: boolean): Request<void> {
    this.enter(operation);
    this.#checkWrite();
    this.#check(array, offset);
    const pending = this.#pending(this.#file.iwrite(array, offset, collective));
    return new Request<void>(pending, () => undefined);
  }

  #pending(operation: Operation | undefined): ConstructorParameters<typeof Request>[0] {
    return operation && { fabric: this.carrier.fabric, operation };
  }

  /** The part of an array that the file can fill. MPI libraries miscount what they read at the end of a file. */
  #there(operation: string, array: TypedArray, offset: number): TypedArray {
    this.enter(operation);
    if (!this.#mode.read) throw this.refuse('ERR_ACCESS', `${this.path} is open for writing only`);
    this.#check(array, offset);
    const elements = Math.max(0, this.#available() - offset);
    const length = Math.floor((elements * this.#elementBytes) / array.BYTES_PER_ELEMENT);
    return length < array.length ? array.subarray(0, length) : array;
  }

  /** Elements of the view in the file. */
  #available(): number {
    return elementsBefore(this.#tile, Math.floor((this.#file.size() - this.#start) / this.#elementBytes));
  }

  /** The pointer behind so many elements of an array. */
  #advance(count: number, array: TypedArray): number {
    this.#position += (count * array.BYTES_PER_ELEMENT) / this.#elementBytes;
    return count;
  }

  #check(array: TypedArray, offset: number): void {
    const kind = kindOf(array);
    if (kind < 0)
      throw this.refuse('ERR_TYPE', `the elements must be those of a typed array, not ${typeof array}`);
    if (kind !== this.#kind && this.#kind !== Kind.Uint8) {
      const shown = viewOf(this.#kind, new ArrayBuffer(0)).constructor.name;
      throw this.refuse(
        'ERR_TYPE',
        `the view shows elements of a ${shown}, not of a ${array.constructor.name}`,
      );
    }
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw this.refuse(
        'ERR_ARG',
        `${String(offset)} is no offset: they count elements of the view from 0 on`,
      );
    }
    if (this.#tile.length === 0 && byteLengthOf(array) > 0) {
      throw this.refuse('ERR_ARG', 'the view of this rank shows no elements');
    }
  }

  #checkWrite(): void {
    if (!this.#mode.write) throw this.refuse('ERR_READ_ONLY', `${this.path} is open for reading only`);
  }

  #checkBytes(bytes: number): void {
    if (Number.isSafeInteger(bytes) && bytes >= 0) return;
    throw this.refuse('ERR_ARG', `${String(bytes)} is no size of a file`);
  }
}

const NO_HINTS = 'must have keys of 1 to 35 characters and values of 1 to 255';

/** Hints as MPI takes them; undefined where one is none: the limits are Open MPI's. */
function textOf(hints: FileHints): Record<string, string> | undefined {
  const entries = Object.entries(hints).map(([key, value]) => [key, String(value)] as const);
  const fits = (text: string, most: number) =>
    text !== '' && !text.includes('\0') && Buffer.byteLength(text) <= most;
  return entries.every(([key, value]) => fits(key, 35) && fits(value, 255))
    ? Object.fromEntries(entries)
    : undefined;
}

/** From 0 on; in whatever order the hints are written. */
function hashOf(hints: Readonly<Record<string, string>>): number {
  const text = JSON.stringify(Object.entries(hints).sort(([a], [b]) => (a < b ? -1 : 1)));
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Opens a file and closes it again: what is wrong shows on each rank before MPI opens it together, which may hang when one rank cannot. */
function tryToOpen(carrier: Carrier, path: string, flags: number): void {
  const descriptor = openSync(path, flags, 0o666);
  const folder = fstatSync(descriptor).isDirectory();
  closeSync(descriptor);
  if (folder) throw refusal(carrier, 'ERR_BAD_FILE', `${path}: it is a directory`);
}

/** Has some ranks do something to a file; throws on all, with one code, when it fails on one: the code that says most. */
function together(carrier: Carrier, path: string, taking: boolean, call: () => void): void {
  let failure: MpiError | undefined;
  try {
    if (taking) call();
  } catch (error) {
    const { operation, rank } = carrier;
    failure = fileError(error, path, { operation, rank });
  }
  const own = failure === undefined ? Infinity : numberOfCode(failure.code);
  const numbers = allNumbers(carrier, own).map(([number = Infinity]) => number);
  const number = Math.min(...numbers);
  if (number === Infinity) return;
  if (failure !== undefined && own === number) throw failure;
  const rank = numbers.indexOf(number);
  throw refusal(carrier, codeOfNumber(number), `${path}: rank ${rank} could not do it`, rank);
}
