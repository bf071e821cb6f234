import type { Program } from '../fabric.ts';
import type { TypedArray } from '../memory.ts';
import { launchVariable } from './environment.ts';

/** What a spawned process is told on its command line. */
export interface SpawnedProgram {
  readonly script: string;
  readonly args: readonly string[];
  /** How its spawner was told about the binding: on another host it may not inherit that. */
  readonly env: Readonly<Record<string, string>>;
}

const PASSED_ON = ['MPI', 'USER_MPI', 'BINDING', 'LABEL', 'TOGETHER', 'OUTPUT', 'TERMINAL'].map(
  (name) => `FLOTILLA_${name}`,
);

/** The rank, among all that spawn and are spawned, that tells the environment. */
const TELLER = 'FLOTILLA_SPAWNER';

/** As one plain word: launchers differ in what they do to blanks, quotes and empty arguments. */
export function encodeProgram({ script, args }: Program, root: number): string {
  const env = Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = launchVariable(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const told = { script, args, env: { ...env, [TELLER]: String(root) } };
  return Buffer.from(JSON.stringify(told)).toString('base64url');
}

export function decodeProgram(text: string): SpawnedProgram {
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as SpawnedProgram;
}

/**
 * Keys and values for MPI_Comm_spawn in turn (MPI 4.1 §11.8.4): new ranks begin in the folder of their spawner unless told otherwise, and with Open
 * MPI share cores where no slots are free. Others do not know that key, and let it be.
 */
export function spawnHints({ cwd, hosts }: Program): string[] {
  const where = hosts === undefined ? [] : ['host', hosts.join(',')];
  return ['wdir', cwd ?? process.cwd(), 'map_by', 'slot:oversubscribe', ...where];
}

/** What to say when MPI could not start ranks. */
export function spawnRefusal(libraryVersion: string, reason: string): string {
  const known = libraryVersion.includes('MPICH') ? ' (MPICH before 4.2 cannot start processes over UCX)' : '';
  return `the MPI in use did not start the ranks${known}: ${reason}`;
}

/** What a launcher or host gives to each of its processes: what the spawner got is not for others. */
const OF_ONE_PROCESS =
  /^((OMPI|OPAL|ORTE|PRTE|PMIX|PMI\d?|HYDRA|HYDI|MPI|MPICH|MPIR|MPIEXEC|UCX|SLURM|FLOTILLA)_.*|HOSTNAME|PWD|OLDPWD|_)$/;

interface Broadcasts {
  readonly rank: number;
  bcast(array: TypedArray, root: number): void;
}

/**
 * Collective over those who spawn and those who are spawned: tells these the environment, which need not fit a command line. `program` counts at the
 * root.
 */
export function tellEnvironment(union: Broadcasts, program: Program | null, root: number): void {
  let text: Uint8Array = new Uint8Array(0);
  if (union.rank === root && program !== null) {
    const inherited = Object.entries(program.env).filter(([name]) => !OF_ONE_PROCESS.test(name));
    text = Buffer.from(JSON.stringify({ ...Object.fromEntries(inherited), ...program.changes }));
  }
  const length = Float64Array.of(text.length);
  union.bcast(length, root);
  if (union.rank !== root) text = new Uint8Array(length[0]!);
  union.bcast(text, root);
}

/** In a spawned process: takes over what it is told. Another program may have spawned it, which tells nothing. */
export function hearEnvironment(union: Broadcasts): void {
  const root = process.env[TELLER];
  if (root === undefined) return;
  Reflect.deleteProperty(process.env, TELLER);
  const length = new Float64Array(1);
  union.bcast(length, Number(root));
  const text = Buffer.alloc(length[0]!);
  union.bcast(text, Number(root));
  const variables = JSON.parse(text.toString()) as Record<string, string | null>;
  for (const [name, value] of Object.entries(variables)) {
    if (value === null) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
}
