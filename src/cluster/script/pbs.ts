import { ClusterError } from '../error.ts';
import type { Job } from '../job-options.ts';
import { clock, type Memory } from '../units.ts';
import { coresPerNode, given, lacks, mailLetters, type Dialect } from './dialect.ts';

const PREFIX = '#PBS';
const MOST_OF_A_NAME = 15;

/** qsub(1B) of PBS Pro and OpenPBS 19 and later. */
export const pbsPro: Dialect = {
  title: 'PBS Pro',
  prefix: PREFIX,
  home: '"$PBS_O_WORKDIR"',
  silentArrays: true,
  output,
  directives(job) {
    if (job.qos !== undefined) throw lacks('PBS Pro', 'qos', 'name a queue that has it');
    if (job.reservation !== undefined && job.queue !== undefined)
      throw new ClusterError('ERR_OPTION', 'PBS Pro has a queue for a reservation: leave queue out');
    return [
      ...head(job),
      `-l select=${select(job)}`,
      `-l place=scatter${job.exclusive ? ':excl' : ''}`,
      ...given(job.walltime, (time) => `-l walltime=${clock(time)}`),
      ...given(job.queue ?? job.reservation, (queue) => `-q ${queue}`),
      ...given(job.account, (account) => `-A ${account}`),
      ...given(job.join, () => '-j oe'),
      ...given(job.array, (count) => `-J ${indices(job, count)}`),
      ...tail(job),
    ];
  },
};

/** qsub(1B) of Torque 4 and later, with Moab or Maui for what the server itself does not know. */
export const torque: Dialect = {
  title: 'Torque',
  prefix: PREFIX,
  home: '"$PBS_O_WORKDIR"',
  silentArrays: true,
  output,
  directives(job) {
    if (job.name.length > MOST_OF_A_NAME)
      throw new ClusterError(
        'ERR_OPTION',
        `Torque takes names of at most ${MOST_OF_A_NAME} characters, and '${job.name}' has ${job.name.length}: give another one with name`,
      );
    const cores = job.threads ? coresPerNode(job) : job.ranksPerNode * job.cpusPerRank;
    const gpus = job.gpus === undefined ? '' : `:gpus=${job.gpus}`;
    return [
      ...head(job),
      `-l nodes=${[job.nodes, ...job.feature].join(':')}:ppn=${cores}${gpus}`,
      ...given(job.walltime, (time) => `-l walltime=${clock(time)}`),
      ...given(job.mem, (mem) => `-l mem=${bytes({ ...mem, amount: job.nodes * mem.amount })}`),
      ...given(job.queue, (queue) => `-q ${queue}`),
      ...given(job.account, (account) => `-A ${account}`),
      ...given(job.qos, (qos) => `-l qos=${qos}`),
      ...given(job.join, () => '-j oe'),
      ...given(job.array, (count) => `-t ${indices(job, count)}`),
      ...given(job.exclusive, () => '-l naccesspolicy=singlejob'),
      ...given(job.reservation, (name) => `-l advres=${name}`),
      ...tail(job),
    ];
  },
};

function head({ name, shell }: Job): string[] {
  return [`-N ${name}`, `-S ${shell}`];
}

function tail(job: Job): string[] {
  const { after, afterOk } = job;
  const depend = [
    ...given(after.length > 0 && after, (ids) => `afterany:${ids.join(':')}`),
    ...given(afterOk.length > 0 && afterOk, (ids) => `afterok:${ids.join(':')}`),
  ];
  return [
    ...given(depend.length > 0 && depend, (kinds) => `-W depend=${kinds.join()}`),
    ...given(job.mailTo, () => `-m ${mailLetters(job)}`),
    ...given(job.mailTo, (address) => `-M ${address}`),
    ...given(job.inherit, () => '-V'),
    ...given(job.requeue, () => '-r y'),
  ];
}

function select(job: Job): string {
  const { nodes, ranksPerNode, cpusPerRank, threads } = job;
  const threadsOfRank = threads ? coresPerNode(job) : cpusPerRank;
  return [
    String(nodes),
    `ncpus=${coresPerNode(job)}`,
    `mpiprocs=${threads ? 1 : ranksPerNode}`,
    ...given(threadsOfRank > 1 && threadsOfRank, (count) => `ompthreads=${count}`),
    ...given(job.mem, (mem) => `mem=${bytes(mem)}`),
    ...given(job.gpus, (gpus) => `ngpus=${gpus}`),
    ...job.feature.map((feature) => `${feature}=True`),
  ].join(':');
}

/** PBS shows its own files only at the end, so that the script writes one itself. */
function output({ array }: Job) {
  // Ids of jobs in arrays have brackets.
  return { base: '$PBS_JOBNAME.$PBS_JOBID', glob: array !== undefined };
}

const indices = ({ atMost }: Job, count: number) =>
  `0-${count - 1}${atMost === undefined ? '' : `%${atMost}`}`;
const bytes = ({ amount, unit }: Memory) => `${amount}${unit.toLowerCase()}b`;
