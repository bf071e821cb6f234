import type { Job } from '../job-options.ts';
import { clock } from '../units.ts';
import { coresPerNode, given, lacks, mailLetters, type Dialect } from './dialect.ts';

const MEGABYTE = 2 ** 20;

/** qsub(1) of Grid Engine 8: Son of Grid Engine, Altair's, and the older ones. */
export const gridEngine: Dialect = {
  title: 'Grid Engine',
  prefix: '#$',
  home: undefined,
  directives(job) {
    if (job.qos !== undefined) throw lacks('Grid Engine', 'qos', 'name a queue or an account that has it');
    if (job.afterOk.length > 0) throw lacks('Grid Engine', 'waiting for success', 'use --after');
    const slots = job.nodes * coresPerNode(job);
    return [
      `-S ${job.shell}`,
      `-N ${job.name}`,
      `-pe ${job.pe ?? (job.threads ? 'smp' : 'mpi')} ${slots}`,
      ...given(job.walltime, (time) => `-l h_rt=${clock(time)}`),
      ...given(job.mem, ({ bytes }) => `-l ${job.sgeMemory ?? 'h_vmem'}=${perSlot(job, bytes)}`),
      ...given(job.gpus, (gpus) => `-l ${job.sgeGpu ?? 'gpu'}=${gpus}`),
      ...given(job.queue, (queue) => `-q ${queue}`),
      ...given(job.account, (account) => `-P ${account}`),
      ...job.feature.map((feature) => `-l ${feature}`),
      ...given(job.join, () => '-j y'),
      `-o ${job.output ?? `${base(job)}.out`}`,
      ...given(!job.join, () => `-e ${job.output === undefined ? `${base(job)}.err` : `${job.output}.err`}`),
      ...given(job.array, (count) => `-t 1-${count}`),
      ...given(job.atMost, (most) => `-tc ${most}`),
      ...given(job.after.length > 0 && job.after, (ids) => `-hold_jid ${ids.join()}`),
      ...given(job.exclusive, () => '-l exclusive'),
      ...given(job.reservation, (name) => `-ar ${name}`),
      ...given(job.mailTo, () => `-m ${mailLetters(job)}`),
      ...given(job.mailTo, (address) => `-M ${address}`),
      ...given(job.inherit, () => '-V'),
      ...given(job.requeue, () => '-r y'),
      '-cwd',
    ];
  },
};

const base = ({ array }: Job) => `$JOB_NAME.$JOB_ID${array === undefined ? '' : '.$TASK_ID'}`;

/** Grid Engine limits the memory of a slot: a node's share, rounded up. */
function perSlot(job: Job, bytes: number): string {
  return `${Math.ceil(bytes / coresPerNode(job) / MEGABYTE)}M`;
}
