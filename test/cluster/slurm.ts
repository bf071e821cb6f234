/** Slurm: the controller on head, nodes a and b. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { frontEnd, type FrontEnd } from './pbs.ts';
import { CORES, Scheduler } from './scheduler.ts';

/** `sbatch --wait` looks every ten seconds. */
const SUBMIT = `id=$(sbatch --parsable "$1") || exit
while squeue --noheader --jobs="$id" | grep -q .; do sleep 0.2; done
! scontrol show job "$id" | grep 'ExitCode=[^0]'`;

export class Slurm extends Scheduler {
  protected readonly name = 'slurm';
  protected readonly submitting: readonly string[] = ['sh', '-c', SUBMIT, 'sh'];

  #frontEnd: FrontEnd | undefined;

  /** With `pbs` it has the commands of PBS too, and reads its directives. */
  static async start({ pbs = false }: { readonly pbs?: boolean } = {}): Promise<Slurm> {
    const slurm = new Slurm(await Scheduler.hosts());
    if (pbs) slurm.#frontEnd = frontEnd(slurm.folder);
    return slurm.up();
  }

  /** For those who should find the commands of PBS. */
  get pbs(): NodeJS.ProcessEnv {
    return this.#frontEnd?.environment ?? {};
  }

  protected get environment(): NodeJS.ProcessEnv {
    return { TMPDIR: `${this.local}/tmp`, SLURM_CONF: join(this.folder, 'slurm.conf') };
  }

  protected async bringUp(): Promise<void> {
    chmodSync(this.folder, 0o755); // munged wants its socket to be reached by all
    const munge = join(this.folder, 'munge');
    mkdirSync(munge, { mode: 0o755 });
    writeFileSync(join(munge, 'key'), randomBytes(128), { mode: 0o400 });
    mkdirSync(join(this.folder, 'state'));
    writeFileSync(join(this.folder, 'slurm.conf'), this.#settings());
    const files = ['key-file=key', 'socket=socket', 'pid-file=pid', 'log-file=log', 'seed-file=seed'];
    const places = files.map((file) => `--${file.replace('=', `=${munge}/`)}`);
    this.daemon('head', 'munged', ['/usr/sbin/munged', '--foreground', '--num-threads=2', ...places]);
    const answers = () => this.run('head', 'munge', '-n', `--socket=${munge}/socket`).status === 0;
    await this.until('munged answers', answers);
    this.#control();
    this.run('head', 'mkdir', '-p', `${this.local}/tmp`);
    for (const host of ['a', 'b']) {
      this.run(host, 'mkdir', '-p', `${this.local}/spool`, `${this.local}/tmp`);
      this.daemon(host, 'slurmd', ['/usr/sbin/slurmd', '-D']);
    }
    const states = () => this.run('head', 'sinfo', '-h', '-N', '-p', 'main', '-o', '%t').said;
    await this.until('both nodes are idle', () => states() === 'idle\nidle\n');
  }

  #control(): void {
    this.daemon('head', 'slurmctld', ['/usr/sbin/slurmctld', '-D']);
  }

  /** Has nobody answer while `body` runs. */
  async away(body: () => Promise<void>): Promise<void> {
    const pid = readFileSync(join(this.folder, 'slurmctld.pid'), 'utf8').trim();
    this.run('head', 'kill', pid);
    await this.until('slurmctld ends', () => this.run('head', 'kill', '-0', pid).status !== 0);
    await body();
    this.#control();
    await this.until('it answers again', () => this.run('head', 'scontrol', 'ping').said.includes(' is UP'));
  }

  /** Tasks go where they are told, nothing is accounted for, and a job that is put back waits for seconds, not minutes. */
  #settings(): string {
    const { folder, local } = this;
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
SlurmdTimeout=5
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=a,b CPUs=${CORES} RealMemory=8000 Feature=vortex State=UNKNOWN
PartitionName=main Nodes=a,b Default=YES MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=0
PartitionName=patient Nodes=a,b MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=20
PartitionName=urgent Nodes=a,b MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
${this.#frontEnd?.settings ?? ''}
`;
  }
}
