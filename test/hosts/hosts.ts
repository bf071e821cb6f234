/**
 * Hosts made of namespaces: each has a name, a network interface on a common bridge, and folders for temporary files and shared memory that no
 * other sees; the file system is common otherwise, as a cluster's home is. They end with this process, whatever happens to it.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../harness/launch.ts';

const NETWORK = '10.77.0';
const SSH = fileURLToPath(new URL('ssh', import.meta.url));

const OWN_PROCESSES = ['--pid', '--fork', '--kill-child', '--mount-proc'];

export class Hosts {
  readonly #holders: ChildProcess[] = [];
  readonly #pids = new Map<string, string>();
  readonly #local: string = mkdtempSync(join(tmpdir(), 'hosts-'));

  /**
   * Makes hosts of these names. With `ownProcesses` each has processes of its own, daemons too, which end with it. Rejects with the reason
   * where namespaces cannot be made.
   */
  static async make(
    names: readonly string[],
    { ownProcesses = false }: { readonly ownProcesses?: boolean } = {},
  ): Promise<Hosts> {
    const hosts = new Hosts();
    try {
      await hosts.#build(names, ownProcesses ? OWN_PROCESSES : []);
      return hosts;
    } catch (error) {
      await hosts.end();
      const reason = error instanceof Error ? error.message : String(error);
      const needs = 'root, unshare and nsenter (util-linux) and ip (iproute2) are needed';
      throw new Error(`hosts of namespaces cannot be made here: ${needs}\n${reason}`, { cause: error });
    }
  }

  async #build(names: readonly string[], more: readonly string[]): Promise<void> {
    const bridge = await this.#hold(['--net'], 'ip link add name lan type bridge && ip link set lan up');
    const table = names.map((name, i) => `${NETWORK}.${i + 1} ${name}\\n`).join('');
    for (const [i, name] of names.entries()) {
      const setup = [
        `hostname ${name}`,
        `mount -t tmpfs none ${this.#local}`,
        'mount -t tmpfs none /dev/shm',
        `printf '127.0.0.1 localhost\\n${table}' > ${this.#local}/hosts`,
        `mount --bind ${this.#local}/hosts /etc/hosts`,
        'ip link set lo up',
      ];
      const pid = await this.#hold(['--net', '--uts', '--ipc', '--mount', ...more], setup.join(' && '));
      const port = `port${i}`;
      ip(bridge, `link add name ${port} type veth peer name eth0 netns ${pid}`);
      ip(bridge, `link set ${port} master lan up`);
      ip(pid, `addr add ${NETWORK}.${i + 1}/24 dev eth0`);
      ip(pid, 'link set eth0 up');
      this.#pids.set(name, pid);
    }
  }

  /** Starts a process in new namespaces that keeps them until its standard input ends. Resolves with its id. */
  async #hold(namespaces: readonly string[], setup: string): Promise<string> {
    // A shell that waits for its input to end also takes the places of parents that have ended.
    const command = `${setup} && echo ready && exec 3<&0 && { cat <&3 & wait $!; }`;
    const holder = spawn('unshare', [...namespaces, 'bash', '-c', command], { stdio: 'pipe' });
    this.#holders.push(holder);
    let complaint = '';
    holder.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('error', reject);
      holder.once('close', (code) => reject(new Error(`${setup}\nended with ${String(code)}: ${complaint}`)));
    });
    // unshare itself stays outside of the processes that it has set apart.
    const apart = namespaces.includes('--pid');
    return apart ? childOf(holder.pid!) : String(holder.pid);
  }

  /** The command that runs another one on a host, in the folder of the project. */
  on(name: string, command: readonly string[]): [command: string, args: string[]] {
    return ['nsenter', ['--all', '--target', this.#pids.get(name)!, `--wd=${ROOT}`, ...command]];
  }

  /** A folder that each host has for itself, under the same path. */
  get local(): string {
    return this.#local;
  }

  /** What makes launchers of MPI use the stand-in for ssh, and everyone the host's own folder for temporary files. */
  get environment(): NodeJS.ProcessEnv {
    const pids = [...this.#pids].map(([name, pid]): [string, string] => [`FLOTILLA_TEST_HOST_${name}`, pid]);
    return {
      ...Object.fromEntries(pids),
      TMPDIR: this.#local,
      HYDRA_LAUNCHER_EXEC: SSH,
      OMPI_MCA_plm_rsh_agent: SSH,
    };
  }

  /** Ends a host that has processes of its own, and all of them at once. */
  kill(name: string): void {
    process.kill(Number(this.#pids.get(name)), 'SIGKILL');
  }

  async end(): Promise<void> {
    const holders = this.#holders.filter(({ exitCode, pid }) => pid !== undefined && exitCode === null);
    const ends = holders.map((holder) => new Promise((resolve) => holder.once('exit', resolve)));
    for (const holder of holders) holder.stdin?.end();
    await Promise.all(ends);
    rmdirSync(this.#local);
  }
}

function childOf(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}

function ip(pid: string, command: string): void {
  execFileSync('nsenter', ['--net', '--target', pid, 'ip', ...command.split(' ')], { stdio: 'pipe' });
}
