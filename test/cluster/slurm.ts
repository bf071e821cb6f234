/** Slurm on hosts of namespaces: the controller on the first, nodes on the others. It ends with the hosts. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { start, type Outcome } from '../harness/launch.ts';
import { Hosts } from '../hosts/hosts.ts';

/** Cores that each node says it has; more ranks than the machine has cores are to fit. */
const CORES = 12;
const UP_MS = 60_000;
const LOOK_MS = 50;

export class Slurm {
  /** What all hosts see: keys, settings, logs. */
  readonly folder: string = mkdtempSync(join(tmpdir(), 'slurm-'));
  readonly #hosts: Hosts;

  private constructor(hosts: Hosts) {
    this.#hosts = hosts;
  }

  /** Brings it up on hosts head, a and b. Rejects with the logs of what did not come up. */
  static async start(): Promise<Slurm> {
    const slurm = new Slurm(await Hosts.make(['head', 'a', 'b'], { ownProcesses: true }));
    try {
      await slurm.#start();
      return slurm;
    } catch (error) {
      await slurm.end();
      throw error;
    }
  }

  async #start(): Promise<void> {
    chmodSync(this.folder, 0o755); // munged wants its socket to be reached by all
    const munge = join(this.folder, 'munge');
    mkdirSync(munge, { mode: 0o755 });
    writeFileSync(join(munge, 'key'), randomBytes(128), { mode: 0o400 });
    mkdirSync(join(this.folder, 'state'));
    writeFileSync(join(this.folder, 'slurm.conf'), this.#settings());
    const files = ['key-file=key', 'socket=socket', 'pid-file=pid', 'log-file=log', 'seed-file=seed'];
    const places = files.map((file) => `--${file.replace('=', `=${munge}/`)}`);
    this.#daemon('head', 'munged', ['/usr/sbin/munged', '--foreground', '--num-threads=2', ...places]);
    await this.#until('munged answers', ['munge', '-n', `--socket=${munge}/socket`]);
    this.#daemon('head', 'slurmctld', ['/usr/sbin/slurmctld', '-D']);
    for (const host of ['a', 'b']) {
      this.#run(host, ['mkdir', '-p', `${this.#hosts.local}/spool`, `${this.#hosts.local}/tmp`]);
      this.#daemon(host, `slurmd-${host}`, ['/usr/sbin/slurmd', '-D']);
    }
    await this.#until('both nodes are idle', ['sh', '-c', '[ $(sinfo -h -N -o %t | grep -cx idle) = 2 ]']);
  }

  /** Tasks go where they are told, nothing is accounted for, and a job that is put back waits for seconds, not minutes. */
  #settings(): string {
    const { folder } = this;
    const { local } = this.#hosts;
    return `ClusterName=test
SlurmctldHost=head
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/socket,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
ReturnToService=2
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${local}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${local}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd-%h.log
SlurmdParameters=config_overrides
TmpFS=${local}/tmp
KillWait=5
MinJobAge=300
NodeName=a,b CPUs=${CORES} RealMemory=8000 Feature=vortex State=UNKNOWN
PartitionName=main Nodes=a,b Default=YES MaxTime=INFINITE State=UP
`;
  }

  get #environment(): NodeJS.ProcessEnv {
    // No stand-in for ssh: launchers have Slurm's own means.
    return {
      TMPDIR: `${this.#hosts.local}/tmp`,
      SLURM_CONF: join(this.folder, 'slurm.conf'),
    };
  }

  #daemon(host: string, name: string, command: readonly string[]): void {
    const [file, args] = this.#hosts.on(host, command);
    const log = join(this.folder, `${name}.out`);
    const shell = spawn('sh', ['-c', 'exec "$0" "$@" >"$LOG" 2>&1', file, ...args], {
      env: { ...process.env, ...this.#environment, LOG: log },
      stdio: 'ignore',
    });
    shell.unref();
  }

  #run(host: string, command: readonly string[]): number | null {
    const [file, args] = this.#hosts.on(host, command);
    return spawnSync(file, args, { env: { ...process.env, ...this.#environment } }).status;
  }

  async #until(what: string, command: readonly string[]): Promise<void> {
    const from = performance.now();
    while (this.#run('head', command) !== 0) {
      await pause(LOOK_MS);
      if (performance.now() - from < UP_MS) continue;
      const logs = spawnSync('sh', [
        '-c',
        `tail -n 20 ${this.folder}/*.out ${this.folder}/*.log ${this.folder}/munge/log`,
      ]);
      throw new Error(`Slurm did not come up (${what}):\n${logs.stdout.toString()}`);
    }
  }

  /** Runs a command on a host to its end, in the folder of the project. */
  on(host: string, command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const [file, args] = this.#hosts.on(host, command);
    return start(file, args, { env: { ...this.#environment, ...env }, timeOutMs: 240_000 });
  }

  async end(): Promise<void> {
    await this.#hosts.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
