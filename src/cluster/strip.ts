/**
 * Variables that describe the job around a process and its place in it. `MCA` and `ALLOW` of Open MPI are the user's own, unless its
 * launcher has set them.
 */
const ALLOCATION =
  /^(SLURM_(?!CONF$)|SLURMD_|PBS_|LSB_|LS_|PMI_|PMI2_|PMIX_|HYDRA_|HYDI_|MPI_LOCAL|OMPI_(?!MCA_|ALLOW_)|OMPI_MCA_(ess|orte|pmix|prte|initial_wdir|shmem_RUNTIME|mpi_oversubscribe|rmaps_base_oversubscribe)|ORTE_|PRTE_|FLOTILLA_(?!MPI$|QUEUE_SECONDS$|LOST_SECONDS$))/;

/** Those that Grid Engine sets; some have names that others use as well. */
const GRID_ENGINE = new Set([
  ...[
    'ARC',
    'ENVIRONMENT',
    'JOB_ID',
    'JOB_NAME',
    'JOB_SCRIPT',
    'NHOSTS',
    'NQUEUES',
    'NSLOTS',
    'PE',
    'PE_HOSTFILE',
  ],
  ...['QUEUE', 'REQNAME', 'REQUEST', 'RESTARTED', 'TMP', 'TMPDIR'],
]);
const GRID_ENGINE_JOB =
  /^SGE_(TASK_|JOB_SPOOL_DIR$|STDIN_|STDOUT_|STDERR_|O_|BINDING$|CWD_PATH$|ACCOUNT$|RSH_)/;

/** An environment without the job that this process may run in: what is submitted from within one has its own shape. */
export function withoutAllocation(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inGridEngine = env.SGE_TASK_ID !== undefined || env.PE_HOSTFILE !== undefined;
  const kept = Object.entries(env).filter(
    ([name]) =>
      !ALLOCATION.test(name) && !GRID_ENGINE_JOB.test(name) && !(inGridEngine && GRID_ENGINE.has(name)),
  );
  return Object.fromEntries(kept);
}
