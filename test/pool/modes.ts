/** Starts programs in each mode of a pool. */
import { CLI, start, type Outcome, type StartOptions } from '../harness/launch.ts';

export interface Layout {
  readonly mode: 'threads' | 'futures' | 'synchro' | 'spawn';
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const fabrics: readonly (readonly [name: string, ranks: readonly number[], args: readonly string[]])[] = [
  ['threads', [2, 3, 5], []],
  ['openmpi', [3], ['--mpi=openmpi']],
  ['mpich', [3], ['--mpi=mpich']],
];

const ranked = (mode: 'futures' | 'synchro', flag: string): Layout[] =>
  fabrics.flatMap(([fabric, counts, args]) =>
    counts.map((n) => ({
      mode,
      name: `${mode}, ${n} ranks over ${fabric}`,
      args: ['run', flag, '-n', String(n), ...args],
    })),
  );

const spawned = ['openmpi', 'mpich'].map((fabric): Layout => ({
  mode: 'spawn',
  name: `spawn over ${fabric}`,
  args: [],
  env: { FLOTILLA_POOL: 'spawn', FLOTILLA_MPI: fabric },
}));

export const LAYOUTS: readonly Layout[] = [
  { mode: 'threads', name: 'threads', args: [] },
  ...spawned,
  ...ranked('futures', '--pool'),
  ...ranked('synchro', '--synchro'),
];

export function launchPool(
  layout: Layout,
  script: string,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<Outcome> {
  const env = { ...layout.env, ...options.env };
  return start(process.execPath, [CLI, ...layout.args, script, layout.mode, ...args], { ...options, env });
}
