import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '../../internal/index.ts';
import { LaunchError } from '../error.ts';
import type { Greeting } from './words.ts';

/** A place where the processes of a job report to the process that has started it, before MPI connects them. */
export class Meeting {
  readonly path: string;
  /** Resolves with what the holder was told when the holder and all workers are there. */
  readonly complete: Promise<Readonly<Record<string, string>>>;
  /** Called when a process that had come has gone: a worker's rank, 0 for the holder. */
  onGone: (rank: number) => unknown;
  readonly #server: Server;
  readonly #remove: () => void;
  readonly #connections = new Set<Socket>();
  /** By rank, of those who have said who they are. */
  readonly #sockets = new Map<number, Socket>();
  #env: Readonly<Record<string, string>> = {};

  constructor(workers: number) {
    // Only this user may look into it.
    const { path, remove } = temporaryFolder();
    this.#remove = remove;
    this.path = join(path, 'main');
    this.#server = createServer();
    this.#server.unref();
    let fail: (error: Error) => void = () => undefined;
    const early = () =>
      fail(new LaunchError('ERR_START', 'a process of the job has ended before all were there', 'spawn'));
    this.onGone = early;
    this.complete = new Promise((resolve, reject) => {
      fail = reject;
      this.#server.on('error', reject);
      this.#server.on('connection', (socket) => {
        this.#connections.add(socket);
        socket.on('error', () => undefined); // 'close' follows
        socket.on('close', early);
        onFirstLine(socket, (line) => {
          socket.off('close', early);
          this.#greeted(socket, JSON.parse(line) as Greeting);
          if (this.#sockets.size === workers + 1) resolve(this.#env);
        });
      });
    });
    this.complete.catch(() => undefined); // whoever waits for it hears
  }

  /** Resolves when processes can come. */
  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.path, resolve);
    });
  }

  /** Nobody else will come. */
  shut(): void {
    this.#server.close();
    this.#remove();
  }

  /** Tells the holder that all is well when this process ends. */
  farewell(): void {
    this.#sockets.get(0)?.write('farewell\n');
  }

  /** As if this process had died. */
  leave(): void {
    for (const socket of this.#connections) socket.destroy();
    this.shut();
  }

  #greeted(socket: Socket, greeting: Greeting): void {
    const rank = 'env' in greeting ? 0 : greeting.rank;
    if ('env' in greeting) this.#env = greeting.env;
    this.#sockets.set(rank, socket);
    socket.on('close', () => this.onGone(rank));
    socket.unref();
  }
}

function onFirstLine(socket: Socket, heard: (line: string) => void): void {
  let text = '';
  const listen = (data: Buffer) => {
    text += data.toString();
    const end = text.indexOf('\n');
    if (end < 0) return;
    socket.off('data', listen);
    socket.resume(); // its end must be seen
    heard(text.slice(0, end));
  };
  socket.on('data', listen);
}
