import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isMainThread, workerData, type MessagePort } from 'node:worker_threads';
import { Communicator, Intercommunicator } from './comm/index.ts';
import type { Fabric } from './fabric/fabric.ts';
import { forgetLauncher, launchedBy } from './fabric/mpi/environment.ts';
import type { Family, ThreadsMemory } from './fabric/threads/index.ts';
import { attach } from './lifecycle.ts';

/** What the launcher tells the thread of a rank. */
export interface RankData {
  readonly memory: ThreadsMemory;
  readonly rank: number;
  /** To the thread that starts ranks. */
  readonly port: MessagePort;
  /** Of a spawned rank. */
  readonly family: Family | undefined;
}

/** The command that is a spawned rank of an MPI job; what to run follows. */
const SPAWNED_RANK = [
  process.execPath,
  fileURLToPath(new URL('./launch/cli.js', import.meta.url)),
  '--spawned',
] as const;

/**
 * The fabric of this rank: threads when the launcher made this thread, MPI when an MPI launcher started this process, solo
 * otherwise. Only the one in use is loaded.
 */
async function choose(): Promise<Fabric> {
  const rankData = (workerData as { flotilla?: RankData } | null)?.flotilla;
  if (rankData !== undefined) {
    const { connect } = await import('./fabric/threads/index.ts');
    return connect(rankData.memory, rankData.rank, rankData.port, rankData.family);
  }
  // A worker thread within a rank is not a second rank of that process.
  if (isMainThread && launchedBy() !== undefined) {
    const { connect } = await import('./fabric/mpi/index.ts');
    return connect(process.env, SPAWNED_RANK);
  }
  const { connect } = await import('./fabric/solo/index.ts');
  const { superviseSolo } = await import('./solo-spawn.ts');
  return connect(superviseSolo);
}

/** What this rank has from the start. */
interface Start {
  readonly world: Communicator;
  readonly self: Communicator;
  readonly parent: Intercommunicator | null;
  readonly libraryVersion: string;
}

async function join(): Promise<Start> {
  const fabric = await choose();
  attach(fabric);
  if (fabric.name !== 'solo') forgetLauncher();
  return {
    world: new Communicator(fabric.world, 'world'),
    self: new Communicator(fabric.self, 'self'),
    parent: fabric.parent ? new Intercommunicator(fabric.parent, fabric.world.dup(), 'parent') : null,
    libraryVersion: fabric.libraryVersion,
  };
}

/* A second copy of this package in the same thread (a dependency's own, say) must join as the same rank. */
const KEY = Symbol.for('flotilla.communicators');
interface Shared {
  [KEY]?: ReturnType<typeof join> | undefined;
}
const shared = globalThis as Shared;

/* A rank that cannot join learns why when it asks for its world: importing an operation or a type must not fail. */
const joined = await (shared[KEY] ??= join()).catch((error: unknown) => ({ error }));

function communicators(): Start {
  if ('error' in joined) throw joined.error;
  return joined;
}

/** All ranks of the job (MPI_COMM_WORLD, MPI 4.1 §7.2.4). Without a launcher: a world of one rank. */
export function world(): Communicator {
  return communicators().world;
}

/** This rank alone (MPI_COMM_SELF, MPI 4.1 §7.2.4). */
export function self(): Communicator {
  return communicators().self;
}

/**
 * Those who spawned this rank and its world (MPI_Comm_get_parent, MPI 4.1 §11.8.2): an intercommunicator whose other group is the
 * communicator that called spawn. Null for a rank that was not spawned.
 */
export function parent(): Intercommunicator | null {
  return communicators().parent;
}

/** Seconds from some moment in the past, to better than a microsecond (MPI 4.1 §9.6). */
export function wtime(): number {
  return performance.now() / 1000;
}

/** What carries the messages, with its version (MPI_Get_library_version, MPI 4.1 §9.1.1). */
export function libraryVersion(): string {
  return communicators().libraryVersion;
}

/** The name of the host (MPI_Get_processor_name, MPI 4.1 §9.1.2). */
export function processorName(): string {
  return hostname();
}
