import type { Program } from '../fabric.ts';

/** What a spawned process is told on its command line. */
export interface SpawnedProgram {
  readonly script: string;
  readonly args: readonly string[];
  /** How its spawner was told about the binding: on another host it may not inherit that. */
  readonly env: Readonly<Record<string, string>>;
}

const PASSED_ON = /^FLOTILLA_(MPI|BINDING|LABEL)$/;

/** As one plain word: launchers differ in what they do to blanks, quotes and empty arguments. */
export function encodeProgram({ script, args }: Program): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)));
  return Buffer.from(JSON.stringify({ script, args, env })).toString('base64url');
}

export function decodeProgram(text: string): SpawnedProgram {
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as SpawnedProgram;
}

/**
 * Keys and values for MPI_Comm_spawn in turn (MPI 4.1 §11.8.4): new ranks begin in the folder of their spawner, and with Open MPI share cores
 * where no slots are free. Others do not know that key, and let it be.
 */
export function spawnHints(): string[] {
  return ['wdir', process.cwd(), 'map_by', 'slot:oversubscribe'];
}

/** What to say when MPI could not start ranks. */
export function spawnRefusal(libraryVersion: string, reason: string): string {
  const known = /MPICH/.test(libraryVersion) ? ' (MPICH before 4.2 cannot start processes over UCX)' : '';
  return `the MPI in use did not start the ranks${known}: ${reason}`;
}
