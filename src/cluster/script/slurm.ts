import type { Job } from '../job-options.ts';
import { clock } from '../units.ts';
import { coresPerNode, given, type Dialect } from './dialect.ts';

/** sbatch(1), of Slurm 20.11 and later. */
export const slurm: Dialect = {
  title: 'Slurm',
  prefix: '#SBATCH',
  home: undefined,
  aliases: {
    '-J': '--job-name',
    '-N': '--nodes',
    '-t': '--time',
    '-c': '--cpus-per-task',
    '-p': '--partition',
    '-A': '--account',
    '-q': '--qos',
    '-C': '--constraint',
    '-o': '--output',
    '-e': '--error',
    '-a': '--array',
    '-d': '--dependency',
    '-D': '--chdir',
  },
  directives(job) {
    const { feature, join } = job;
    return [
      `--job-name=${job.name}`,
      `--nodes=${job.nodes}`,
      ...shape(job),
      ...given(job.walltime, (time) => `--time=${clock(time)}`),
      ...given(job.mem, ({ amount, unit }) => `--mem=${amount}${unit}`),
      ...given(job.gpus, (gpus) => `--gpus-per-node=${gpus}`),
      ...given(job.queue, (queue) => `--partition=${queue}`),
      ...given(job.account, (account) => `--account=${account}`),
      ...given(job.qos, (qos) => `--qos=${qos}`),
      ...given(feature.length > 0 && feature, (all) => `--constraint=${all.join('&')}`),
      `--output=${job.output ?? '%x.%j.out'}`,
      ...given(!join, () => `--error=${job.output === undefined ? '%x.%j.err' : `${job.output}.err`}`),
      '--open-mode=append',
      ...given(
        job.array,
        (count) => `--array=0-${count - 1}${job.atMost === undefined ? '' : `%${job.atMost}`}`,
      ),
      ...dependency(job),
      ...given(job.exclusive, () => '--exclusive'),
      ...given(job.reservation, (name) => `--reservation=${name}`),
      ...given(job.mailTo, () => `--mail-type=${job.mail.map((event) => event.toUpperCase()).join()}`),
      ...given(job.mailTo, (address) => `--mail-user=${address}`),
      `--export=${job.inherit ? 'ALL' : 'NONE'}`,
      ...given(job.requeue, () => '--requeue'),
    ];
  },
};

function shape(job: Job): string[] {
  if (job.threads) return ['--ntasks-per-node=1', `--cpus-per-task=${coresPerNode(job)}`];
  const cpus = job.cpusPerRank > 1 ? [`--cpus-per-task=${job.cpusPerRank}`] : [];
  return [`--ntasks-per-node=${job.ranksPerNode}`, ...cpus];
}

function dependency({ after, afterOk }: Job): string[] {
  const kinds = [
    ...given(after.length > 0 && after, (ids) => `afterany:${ids.join(':')}`),
    ...given(afterOk.length > 0 && afterOk, (ids) => `afterok:${ids.join(':')}`),
  ];
  return kinds.length === 0 ? [] : [`--dependency=${kinds.join()}`];
}
