import type { Elements } from './pack.ts';

/** Where a message to or from one neighbor lies: its label and its elements. */
export interface Slot {
  readonly label: Int32Array;
  readonly elements: Elements;
}

/**
 * Messages between this rank and the neighbor on one side, both ways, one of each an exchange. Whatever carries them: `open`, pack, `post`, and later `take`,
 * unpack, `close`.
 */
export interface Channel {
  /** The slot to pack the next message in. */
  open(length: number): Slot;
  /** Sends it. */
  post(): void;
  /** Whether the neighbor's message is here. */
  arrived(): boolean;
  /** Blocks until it is. */
  take(): Slot;
  /** It has been unpacked. */
  close(): void;
}
