import { Writable } from 'node:stream';
import tty from 'node:tty';
import type { Sink } from './sink.ts';
import type { TerminalSize } from './terminal.ts';

const NEWLINE = 10;

/** What tty.WriteStream has beyond a stream; it needs nothing but `write`, `columns` and `rows`. */
const FACE = [
  'clearLine',
  'clearScreenDown',
  'cursorTo',
  'moveCursor',
  'getColorDepth',
  'hasColors',
] as const;

export interface RankStreamOptions {
  readonly sink: Sink;
  /** Begins each line. */
  readonly prefix: string;
  /** Called when nobody reads any more. */
  readonly onBroken: () => void;
  /** Of a terminal. */
  readonly terminal?: TerminalSize | undefined;
}

/** stdout or stderr of a rank. It is a terminal with all that belongs to one, or says nothing of terminals at all. */
export class RankStream extends Writable {
  readonly #options: RankStreamOptions;
  readonly #prefix: Buffer;
  /** The line that has not come to its end. */
  #open: Buffer[] = [];
  #broken = false;

  constructor(
    readonly fd: number,
    options: RankStreamOptions,
  ) {
    super({ decodeStrings: true });
    this.#options = options;
    this.#prefix = Buffer.from(options.prefix);
    if (options.terminal !== undefined && options.prefix === '') this.#becomeTerminal(options.terminal);
  }

  #becomeTerminal(size: TerminalSize): void {
    // They are called on this stream.
    // eslint-disable-next-line @typescript-eslint/unbound-method
    const methods = FACE.map((name) => [name, { value: tty.WriteStream.prototype[name], writable: true }]);
    Object.defineProperties(this, {
      ...(Object.fromEntries(methods) as PropertyDescriptorMap),
      isTTY: { value: true, enumerable: true, writable: true },
      columns: { get: () => size()[0], enumerable: true, configurable: true },
      rows: { get: () => size()[1], enumerable: true, configurable: true },
      getWindowSize: { value: () => [...size()], writable: true },
    });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#prefix.length === 0) this.#send(chunk);
    else this.#writeLines(chunk);
    done();
  }

  /** As Node's own: it can be ended, not closed. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error);
  }

  /** Whole lines only, so that each begins with the prefix. */
  #writeLines(bytes: Buffer): void {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const text = Buffer.concat([...this.#open, bytes.subarray(0, end)]);
      const lines: Buffer[] = [];
      for (let at = 0; at < text.length;) {
        const next = text.indexOf(NEWLINE, at) + 1;
        lines.push(this.#prefix, text.subarray(at, next));
        at = next;
      }
      this.#open = [];
      this.#send(Buffer.concat(lines));
    }
    // The caller may use its buffer again.
    if (end < bytes.length) this.#open.push(Buffer.from(bytes.subarray(end)));
  }

  #send(bytes: Uint8Array): void {
    if (this.#broken) return;
    try {
      this.#options.sink.write(bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
      this.#broken = true;
      this.#options.onBroken();
    }
  }

  /** Ends the line that is open. */
  flush(): void {
    if (this.#open.length > 0) this.#writeLines(Buffer.from('\n'));
  }
}
