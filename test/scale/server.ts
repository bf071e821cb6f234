/** A file system of its own that counts what is asked of it (server.py), over a folder. It ends with this process. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../harness/launch.ts';

const PROGRAM = `${ROOT}test/scale/server.py`;
const DEVICE = '/dev/fuse';

/** A request: its name as fuse.h has it, the path from the folder on. */
export type Asked = readonly [name: string, path: string];

export class Server {
  /** Where files are written without being counted. */
  readonly folder: string;
  /** The same folder through the file system. */
  readonly mount: string;
  readonly #place: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(place: string, secondsPerRequest: number, folder: string) {
    this.#place = place;
    this.folder = folder;
    this.mount = join(place, 'mount');
    mkdirSync(this.folder, { recursive: true });
    mkdirSync(this.mount);
    const args = [PROGRAM, this.folder, this.mount, String(secondsPerRequest)];
    this.#process = spawn('/usr/bin/python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /**
   * Rejects where file systems in user space cannot be mounted.
   *
   * @param folder - what it shows; default: one of its own
   */
  static async start(secondsPerRequest = 0, folder?: string): Promise<Server> {
    // Containers have few devices.
    if (!existsSync(DEVICE)) execFileSync('mknod', [DEVICE, 'c', '10', '229']);
    const place = mkdtempSync(join(tmpdir(), 'scale-'));
    const server = new Server(place, secondsPerRequest, folder ?? join(place, 'folder'));
    const first = await server.#lines.next();
    if (first.done !== true) return server;
    await server.end();
    throw new Error(`${DEVICE} cannot be used here: root, CAP_SYS_ADMIN and python3-fusepy are needed`);
  }

  /** All requests since the last time. */
  async asked(): Promise<Asked[]> {
    this.#process.stdin!.write('\n');
    const line = await this.#lines.next();
    return JSON.parse(String(line.value)) as Asked[];
  }

  async end(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin!.end();
    if (exitCode === null && signalCode === null) await ended;
    rmSync(this.#place, { recursive: true });
  }
}
