/** The families of MPI libraries that Flotilla knows. Intel MPI, MVAPICH and Cray MPICH are of MPICH's. */
export type Family = 'openmpi' | 'mpich';

/** The family of the launcher that started this process, from what it left in the environment; undefined without one. */
export function launcherFamily(env: NodeJS.ProcessEnv): Family | undefined {
  if (env.OMPI_COMM_WORLD_SIZE !== undefined) return 'openmpi';
  if (env.PMI_RANK !== undefined || env.PMI_FD !== undefined || env.PMI_PORT !== undefined) return 'mpich';
  // srun --mpi=pmix says nothing of the family: FLOTILLA_MPI decides, and Open MPI is what mostly uses PMIx.
  if (env.PMIX_RANK !== undefined) return env.FLOTILLA_MPI === 'mpich' ? 'mpich' : 'openmpi';
  return undefined;
}

/** Variables by which a launcher, or `flotilla run`, tells a process that it is a rank, and of which job. */
const LAUNCHERS =
  /^(PMI_|PMIX_|PMI2_|HYDRA_|HYDI_|MPI_LOCAL|MPIR_CVAR_CH3_INTERFACE_HOSTNAME$|GFORTRAN_UNBUFFERED|OMPI_(?!MCA_|ALLOW_)|OMPI_MCA_(ess|orte|pmix|prte|initial_wdir|shmem_RUNTIME|mpi_oversubscribe|rmaps_base_oversubscribe)|ORTE_|PRTE_|SLURM_STEP_NUM_TASKS$|FLOTILLA_(BINDING|PREPARED|LABEL|HOSTS|TOGETHER|RANKS|RANKS_HERE|OUTPUT|INPUT|TERMINAL|MPI|USER_MPI|POOL)$)/;

/* A second copy of this package in the same thread must see what the first one has taken away. */
const KEY = Symbol.for('flotilla.launched');
interface Shared {
  [KEY]?: Readonly<Record<string, string>>;
}
const shared = globalThis as Shared;

/** A variable that the launcher of this rank has set; undefined without one. */
export function launchVariable(name: string): string | undefined {
  return shared[KEY]?.[name] ?? process.env[name];
}

/** The family of the launcher that started this rank, also when its variables are gone. */
export function launchedBy(): Family | undefined {
  return launcherFamily(shared[KEY] ?? process.env);
}

/**
 * Takes the launcher's variables out of the environment, once this process has joined its job: a program that it starts is a world of its own, and
 * would otherwise join too, in the same place.
 */
export function forgetLauncher(): void {
  if (shared[KEY] !== undefined) return;
  const { env } = process;
  const taken = Object.keys(env).filter((name) => LAUNCHERS.test(name) && !isUsers(name, env[name]!));
  shared[KEY] = Object.fromEntries(taken.map((name) => [name, env[name]!]));
  for (const name of taken) Reflect.deleteProperty(env, name);
  if (shared[KEY].FLOTILLA_USER_MPI !== undefined) env.FLOTILLA_MPI = shared[KEY].FLOTILLA_USER_MPI;
}

/** Makes this process a world of its own although a launcher has started it. */
export function leaveLauncher(): void {
  forgetLauncher();
  shared[KEY] = {};
}

/** A mode of pools and a choice of the MPI that `flotilla run` has not set. */
function isUsers(name: string, value: string): boolean {
  if (name === 'FLOTILLA_POOL') return value !== 'futures' && value !== 'synchro';
  return name === 'FLOTILLA_MPI' && process.env.FLOTILLA_BINDING === undefined;
}

/** Slurm's counts of nodes: `12(x2),4` is 12, 12, 4. */
export function slurmCounts(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [, count, times = '1'] = /^(\d+)(?:\(x(\d+)\))?$/.exec(part) ?? [];
    return Array<number>(Number(times)).fill(Number(count));
  });
}

/**
 * Tells the MPI library, before it starts, what its own launcher would have: with more ranks on this node than cores, ranks that wait
 * must let others run. To be called by ranks that srun has started.
 */
export function hearOfSlurm(cores: number, env: NodeJS.ProcessEnv = process.env): void {
  const { SLURM_STEP_TASKS_PER_NODE: counts, SLURM_NODEID: node } = env;
  const here = counts === undefined ? undefined : slurmCounts(counts)[Number(node)];
  if (here === undefined) return;
  env.FLOTILLA_RANKS_HERE = String(here); // for the binding
  if (here > cores) env.OMPI_MCA_mpi_yield_when_idle ??= '1';
}

/** This is a rank of MPICH, or of one of its family, whose job runs on several hosts. */
export function mpichOnSeveralHosts(): boolean {
  if (launchVariable('FLOTILLA_HOSTS') === '1') return true;
  return launchedBy() === 'mpich' && Number(process.env.SLURM_STEP_NUM_NODES ?? 1) > 1;
}
