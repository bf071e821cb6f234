import { createReadStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import tty from 'node:tty';

/**
 * Gives a rank's thread the standard input of the process, or an empty one: as under mpirun, rank 0 has it. A worker's own would come through the
 * main thread, which does not know who reads descriptor 0 otherwise. Opened when it is first asked for.
 */
export function redirectInput(hasIt: boolean): void {
  let stream: Readable | undefined;
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    enumerable: true,
    get: () => (stream ??= hasIt ? openInput() : Readable.from([])),
  });
}

/** By kind of descriptor, as Node does it for a main thread. */
function openInput(): Readable {
  if (tty.isatty(0)) return new tty.ReadStream(0);
  let stats;
  try {
    stats = fstatSync(0);
  } catch {
    return Readable.from([]); // closed
  }
  if (stats.isFIFO() || stats.isSocket()) {
    const pipe = new Socket({ fd: 0, readable: true, writable: false });
    // A pipe that is not being read keeps no rank alive.
    pipe.pause();
    return pipe;
  }
  return createReadStream('', { fd: 0, autoClose: false });
}
