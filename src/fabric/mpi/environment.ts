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
