import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { slurmCounts } from '../fabric/mpi/environment.ts';

/** Hosts and ranks that a scheduler has given to the job around this process. */
export interface Allocation {
  /** As messages name it: `Slurm job 12`. */
  readonly title: string;
  readonly scheduler: 'slurm' | 'pbs' | 'sge' | 'lsf';
  /** In the scheduler's order, each with the number of ranks that it holds. */
  readonly hosts: readonly { readonly name: string; readonly slots: number }[];
  readonly slots: number;
  /** Cores of each rank. */
  readonly cpusPerRank: number;
}

/** The allocation that the environment tells of; undefined outside of a job. */
export function allocationOf(env: NodeJS.ProcessEnv = process.env): Allocation | undefined {
  if (env.SLURM_JOB_ID !== undefined) return slurm(env, env.SLURM_JOB_ID);
  if (env.PBS_NODEFILE !== undefined)
    return made('pbs', `PBS job ${env.PBS_JOBID}`, counted(lines(env.PBS_NODEFILE).map((name) => [name, 1])));
  if (env.PE_HOSTFILE !== undefined) {
    const hosts = lines(env.PE_HOSTFILE).map((line) => line.split(/\s+/));
    return made(
      'sge',
      `Grid Engine job ${env.JOB_ID}`,
      counted(hosts.map(([name, slots]) => [name!, Number(slots)])),
    );
  }
  if (env.LSB_MCPU_HOSTS !== undefined) {
    const words = env.LSB_MCPU_HOSTS.trim().split(/\s+/);
    const pairs = words.flatMap((name, i) => (i % 2 === 0 ? [[name, Number(words[i + 1])] as const] : []));
    return made('lsf', `LSF job ${env.LSB_JOBID}`, counted(pairs));
  }
  return undefined;
}

function slurm(env: NodeJS.ProcessEnv, id: string): Allocation | undefined {
  const list = env.SLURM_JOB_NODELIST ?? env.SLURM_NODELIST;
  if (list === undefined) return undefined;
  const names = /[[]/.test(list)
    ? execFileSync('scontrol', ['show', 'hostnames', list], { encoding: 'utf8' }).trim().split('\n')
    : list.split(',');
  const cpus = Number(env.SLURM_CPUS_PER_TASK ?? 1);
  // Without a number of tasks, as salloc -N 2 has it, a rank for each core.
  const told = env.SLURM_NTASKS !== undefined || env.SLURM_NTASKS_PER_NODE !== undefined;
  const counts = told
    ? slurmCounts(env.SLURM_TASKS_PER_NODE ?? '1')
    : slurmCounts(env.SLURM_JOB_CPUS_PER_NODE ?? '1').map((cores) => Math.floor(cores / cpus));
  return made(
    'slurm',
    `Slurm job ${id}`,
    names.map((name, i) => ({ name, slots: counts[i] ?? 1 })),
    cpus,
  );
}

function made(
  scheduler: Allocation['scheduler'],
  title: string,
  hosts: Allocation['hosts'],
  cpusPerRank = 1,
): Allocation {
  return { scheduler, title, hosts, slots: hosts.reduce((sum, { slots }) => sum + slots, 0), cpusPerRank };
}

function lines(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Hosts that are listed once a slot, or in several lines, together. */
function counted(entries: readonly (readonly [name: string, slots: number])[]): Allocation['hosts'] {
  const slots = new Map<string, number>();
  for (const [name, more] of entries) slots.set(name, (slots.get(name) ?? 0) + more);
  return [...slots].map(([name, count]) => ({ name, slots: count }));
}
