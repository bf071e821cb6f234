/** Whether a variable is one by which launchers tell a process that it is a rank, and which one. */
export function isLaunchers(variable: string): boolean {
  return /^(PMI|MPI|HYDRA|OMPI|ORTE)/.test(variable);
}

/** The first line that a process of the job says to the main process: the holder what it was told, a worker its rank. */
export type Greeting = { readonly env: Readonly<Record<string, string>> } | { readonly rank: number };
