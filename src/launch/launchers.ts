import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { FAMILY_NAMES } from '../fabric/mpi/binding.ts';
import type { Site } from '../fabric/mpi/sites.ts';
import { ask } from '../internal/index.ts';
import type { Allocation } from './allocation.ts';
import { UsageError } from './usage-error.ts';

/** Hosts as mpirun is told of them: a list or a file; and how many ranks they hold, as far as they say. */
export interface Hosts {
  readonly text: string;
  readonly file: boolean;
  readonly slots: number | undefined;
}

/** What starts the ranks. */
export type Launcher =
  | { readonly kind: 'mpirun' }
  | { readonly kind: 'srun'; readonly pmi: string }
  /** A site's own: it knows hosts and ranks by itself, and gets the command of a rank and nothing else. */
  | { readonly kind: 'command'; readonly command: string };

/** How MPI libraries of a family meet under srun. */
export const PMI = { openmpi: 'pmix', mpich: 'pmi2' } as const;

/**
 * The launcher that a user names; without a name srun in Slurm's jobs, if it offers what this MPI needs, and mpirun everywhere else.
 *
 * @throws {UsageError} for an srun that does not
 */
export function chooseLauncher(
  name: string | undefined,
  site: Site,
  allocation: Allocation | undefined,
): Launcher {
  if (name === 'mpirun') return { kind: 'mpirun' };
  if (name !== undefined && name !== 'srun') return { kind: 'command', command: name };
  if (name === undefined && allocation?.scheduler !== 'slurm') return { kind: 'mpirun' };
  const offered = offeredPmi();
  const pmi = PMI[site.family];
  if (offered.includes(pmi)) return { kind: 'srun', pmi };
  if (name === undefined) return { kind: 'mpirun' };
  throw new UsageError(
    `srun offers no PMI for ${FAMILY_NAMES[site.family]} (srun --mpi=list: ${offered.join(' ') || 'nothing'}). Use --launcher mpirun`,
  );
}

/** Names that `srun --mpi=list` prints; none where there is no srun. */
export function offeredPmi(): string[] {
  return ask('srun', '--mpi=list')
    .split(/\s+/)
    .filter((word) => /^(none|pmi\w*|cray\w*)$/.test(word));
}

/**
 * `a:4,b:4`, or a file with a host a line, `a slots=4` or `a:4`. The families write files differently but lists alike, so a file that says
 * how many ranks each host holds becomes a list.
 */
export function readHosts(text: string): Hosts {
  const file = existsSync(text);
  const entries = file
    ? readFileSync(text, 'utf8')
        .split('\n')
        .map((line) => line.replace(/#.*/, '').trim())
        .filter((line) => line !== '')
    : text.split(',');
  const hosts = entries.map((entry) => ({
    name: entry.split(/[\s:]/)[0]!,
    slots: Number(/(?::|slots\s*=\s*)(\d+)/.exec(entry)?.[1] ?? NaN),
  }));
  const slots = hosts.reduce((sum, host) => sum + host.slots, 0);
  if (Number.isNaN(slots)) return { text, file, slots: undefined };
  return { text: hosts.map((host) => `${host.name}:${host.slots}`).join(), file: false, slots };
}

/** Arguments of mpirun before the command of a rank. */
export function mpirunArguments(
  site: Site,
  size: number,
  hosts: Hosts | undefined,
  allocated: boolean,
  env: Readonly<Record<string, string>>,
): string[] {
  const args = ['-n', String(size)];
  if (site.family === 'openmpi') {
    if (hosts) args.push(hosts.file ? '--hostfile' : '--host', hosts.text);
    // On this machine alone more ranks than cores are the user's own affair; elsewhere the scheduler's.
    if (!hosts && !allocated && size > availableParallelism()) args.push('--oversubscribe');
    for (const name of Object.keys(env)) args.push('-x', name);
  } else {
    if (hosts) args.push(hosts.file ? '-f' : '-hosts', hosts.text);
    for (const [name, value] of Object.entries(env)) args.push('-genv', name, value);
  }
  return args;
}

/** Arguments of srun before the command of a rank. What a job's script was given by sbatch's --export=NONE, srun hands on as it is. */
export function srunArguments(pmi: string, size: number, { cpusPerRank }: Allocation): string[] {
  // From 22.05 on, srun does not take it from the job.
  const cpus = cpusPerRank > 1 ? [`--cpus-per-task=${cpusPerRank}`] : [];
  return [`--mpi=${pmi}`, '--export=ALL', `--ntasks=${size}`, ...cpus];
}
