import type { Job } from '../job-options.ts';
import { coresPerNode, given, ranks, type Dialect } from './dialect.ts';

/** bsub(1) of LSF 10; the script goes to its standard input. */
export const lsf: Dialect = {
  title: 'LSF',
  prefix: '#BSUB',
  home: undefined,
  directives(job) {
    const { array, atMost, feature, name, threads } = job;
    const base = `${name}.%J${array === undefined ? '' : '.%I'}`;
    return [
      array === undefined
        ? `-J ${name}`
        : `-J "${name}[1-${array}]${atMost === undefined ? '' : `%${atMost}`}"`,
      `-n ${threads ? coresPerNode(job) : ranks(job)}`,
      threads ? '-R "span[hosts=1]"' : `-R "span[ptile=${job.ranksPerNode}]"`,
      ...given(
        !threads && job.cpusPerRank > 1 && job.cpusPerRank,
        (cores) => `-R "affinity[core(${cores})]"`,
      ),
      ...given(feature.length > 0 && feature, (all) => `-R "select[${all.join(' && ')}]"`),
      // Minutes, rounded up.
      ...given(job.walltime, (time) => `-W ${Math.ceil(time / 60)}`),
      ...given(job.mem, ({ amount, unit }) => `-R "rusage[mem=${amount}${unit}B/host]"`),
      ...given(job.gpus, (gpus) => `-gpu "num=${gpus}"`),
      ...given(job.queue, (queue) => `-q ${queue}`),
      ...given(job.account, (account) => `-P ${account}`),
      ...given(job.qos, (qos) => `-sla ${qos}`),
      `-o ${job.output ?? `${base}.out`}`,
      ...given(!job.join, () => `-e ${job.output === undefined ? `${base}.err` : `${job.output}.err`}`),
      ...dependency(job),
      ...given(job.exclusive, () => '-x'),
      ...given(job.reservation, (id) => `-U ${id}`),
      ...given(job.mail.includes('begin'), () => '-B'),
      ...given(
        job.mail.some((event) => event !== 'begin'),
        () => '-N',
      ),
      ...given(job.mailTo, (address) => `-u ${address}`),
      `-env ${job.inherit ? 'all' : 'none'}`,
      ...given(job.requeue, () => '-r'),
      ...given(job.requeue, () => '-Q "75"'),
    ];
  },
};

function dependency({ after, afterOk }: Job): string[] {
  const all = [...after.map((id) => `ended(${id})`), ...afterOk.map((id) => `done(${id})`)];
  return all.length === 0 ? [] : [`-w "${all.join(' && ')}"`];
}
