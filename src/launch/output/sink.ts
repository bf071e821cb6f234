import { writeSync } from 'node:fs';

/** Where the output of a rank goes: at once, since a thread that blocks after console.log gives the event loop no turn. */
export interface Sink {
  /** Writes all of it in one piece, as far as other ranks are concerned. Throws EPIPE when nobody reads any more. */
  write(bytes: Uint8Array): void;
}

const FREE = 0;
const TAKEN = 1;

/** A descriptor; `gate` is a word that all threads with this descriptor share. */
export function descriptorSink(fd: number, gate?: Int32Array): Sink {
  return {
    write(bytes) {
      if (gate === undefined) {
        writeAll(fd, bytes);
        return;
      }
      while (Atomics.compareExchange(gate, 0, FREE, TAKEN) !== FREE) Atomics.wait(gate, 0, TAKEN);
      try {
        writeAll(fd, bytes);
      } finally {
        Atomics.store(gate, 0, FREE);
        Atomics.notify(gate, 0, 1);
      }
    },
  };
}

/** Writes to a descriptor until all is written. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      // A pipe that is full for the moment.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(NAP, 0, 0, 1);
    }
  }
}

const NAP = new Int32Array(new SharedArrayBuffer(4));
