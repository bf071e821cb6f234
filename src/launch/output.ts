import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';

/**
 * Writes to a descriptor at once: a thread that blocks right after console.log would otherwise never get its line out, since a worker's own
 * stdout goes through the main thread's event loop.
 */
class DescriptorStream extends Writable {
  readonly #prefix: string;
  #open = '';

  constructor(
    readonly fd: number,
    prefix: string,
  ) {
    super({ decodeStrings: true });
    this.#prefix = prefix;
    this.isTTY = prefix === '' && isatty(fd);
  }

  /** For progress bars, which need the width of a terminal too. */
  readonly isTTY: boolean;
  readonly columns: number = Number(process.env.COLUMNS) || 80;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#prefix === '') writeAll(this.fd, chunk);
    else this.#writeLines(chunk.toString());
    done();
  }

  /** Whole lines only, so that those of different ranks do not mix. */
  #writeLines(text: string): void {
    const lines = (this.#open + text).split('\n');
    this.#open = lines.pop()!;
    if (lines.length > 0)
      writeAll(this.fd, Buffer.from(lines.map((line) => `${this.#prefix}${line}\n`).join('')));
  }

  flush(): void {
    if (this.#open !== '') this.#writeLines('\n');
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A pipe that is full for the moment; one that nobody reads any more takes nothing further.
      if (code === 'EAGAIN') Atomics.wait(NAP, 0, 0, 1);
      else if (code === 'EPIPE') return;
      else throw error;
    }
  }
}

const NAP = new Int32Array(new SharedArrayBuffer(4));

/** Makes stdout and stderr of this rank write at once; with `label`, each line begins with the rank. */
export function redirectOutput(rank: number, label: boolean): void {
  const prefix = label ? `[${rank}] ` : '';
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    const stream = new DescriptorStream(fd, prefix);
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
    process.on('exit', () => stream.flush());
  }
}
