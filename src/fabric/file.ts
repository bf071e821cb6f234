import { constants } from 'node:fs';
import type { Operation } from './fabric.ts';
import type { TypedArray } from './memory.ts';
import type { Tile } from './tile.ts';

/** How a file that is there is opened (MPI 4.1 §14.2.1). */
export interface FileMode {
  readonly read: boolean;
  readonly write: boolean;
  readonly deleteOnClose: boolean;
  readonly hints: Hints;
}

/** Keys and values for the MPI library (MPI 4.1 §14.2.8); one that it does not know changes nothing. */
export type Hints = Readonly<Record<string, string>>;

/** For node:fs. */
export function accessFlags({ read, write }: FileMode): number {
  if (!write) return constants.O_RDONLY;
  return read ? constants.O_RDWR : constants.O_WRONLY;
}

/** Where a view starts, and what it shows: bytes of the file from `start`, seen as elements of a kind, those of the tile. */
export interface View {
  readonly start: number;
  readonly kind: number;
  readonly tile: Tile;
}

/**
 * What carries the accesses to one open file (MPI 4.1 §14). Arguments have been checked. Offsets count elements of the view; what is read is there;
 * arrays are of the view's kind, or of any kind when that is bytes.
 */
export interface FileCarrier {
  setView(view: View): void;
  read(array: TypedArray, offset: number, collective: boolean): void;
  write(array: TypedArray, offset: number, collective: boolean): void;
  /** Undefined when it is over at once. */
  iread(array: TypedArray, offset: number, collective: boolean): Operation | undefined;
  iwrite(array: TypedArray, offset: number, collective: boolean): Operation | undefined;
  /** Bytes of the file. */
  size(): number;
  /** Collective. */
  setSize(bytes: number): void;
  /** Collective: at least so many bytes exist and have their place on the disk. */
  preallocate(bytes: number): void;
  /** Those in use. */
  hints(): Hints;
  /** Collective. */
  setHints(hints: Hints): void;
  /** Collective: whether accesses of different ranks to the same bytes come one after the other (§14.6.1). */
  setAtomicity(atomic: boolean): void;
  /** Collective. */
  sync(): void;
  /** Collective. */
  close(): void;
}
