import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Assembler, Kind, recordsOf, type Piece } from './records.ts';
import { writeAll } from './sink.ts';

/**
 * The launcher's end of the pipe through which ranks of processes write. mpirun hands their output on in blocks as they come, so that long lines
 * of several ranks are mixed, and gives some of them a terminal that is none; through one pipe all comes whole and in order.
 */
export class Relay {
  readonly path: string;
  /** The code that the ranks have agreed to end with. */
  code: number | undefined;
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #assembler = new Assembler();
  /** Called when nobody reads stdout any more. */
  onBroken: () => void = () => undefined;
  #over: () => void = () => undefined;

  /** Makes the pipe within a folder. */
  constructor(folder: string) {
    process.stdout.on('error', () => this.onBroken());
    process.stderr.on('error', () => undefined);
    this.path = join(folder, 'output');
    execFileSync('mkfifo', ['-m', '600', this.path]);
    // For both directions: it never comes to an end by itself, and the end is told through it too.
    this.#fd = openSync(this.path, 'r+');
    this.#socket = new Socket({ fd: openSync(this.path, 'r+'), readable: true, writable: false });
    this.#socket.on('data', (data: Buffer) => {
      for (const piece of this.#assembler.take(data)) this.#take(piece);
    });
  }

  /** Resolves when all that was written is handed on. */
  async end(): Promise<void> {
    const over = new Promise<void>((resolve) => (this.#over = resolve));
    for (const record of recordsOf(Kind.END, new Uint8Array())) writeAll(this.#fd, record);
    await over;
    for (const piece of this.#assembler.unfinished()) this.#take(piece);
    this.#socket.destroy();
    closeSync(this.#fd);
  }

  /** Hands on output that came another way. */
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    process[stream].write(bytes);
  }

  #take({ kind, bytes }: Piece): void {
    if (kind === Kind.STDOUT) this.write('stdout', bytes);
    else if (kind === Kind.STDERR) this.write('stderr', bytes);
    else if (kind === Kind.CODE) this.code = bytes[0];
    else if (kind === Kind.END) this.#over();
  }
}
