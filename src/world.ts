import { hostname } from 'node:os';
import { workerData } from 'node:worker_threads';
import { Communicator } from './comm/index.ts';
import type { Fabric } from './fabric/fabric.ts';
import { launcherFamily } from './fabric/mpi/environment.ts';
import type { ThreadsMemory } from './fabric/threads/index.ts';
import { attach, warnAtExit } from './lifecycle.ts';

/** What the launcher tells the thread of a rank. */
export interface RankData {
  readonly memory: ThreadsMemory;
  readonly rank: number;
}

/**
 * The fabric of this rank: threads when the launcher made this thread, MPI when an MPI launcher started this process, solo
 * otherwise. Only the one in use is loaded.
 */
async function choose(): Promise<Fabric> {
  const rankData = (workerData as { flotilla?: RankData } | null)?.flotilla;
  if (rankData !== undefined) {
    const { connect } = await import('./fabric/threads/index.ts');
    return connect(rankData.memory, rankData.rank);
  }
  if (launcherFamily(process.env) !== undefined) {
    const { connect } = await import('./fabric/mpi/index.ts');
    return connect();
  }
  const { connect } = await import('./fabric/solo/index.ts');
  const fabric = connect();
  warnAtExit(fabric);
  return fabric;
}

async function join(): Promise<{ world: Communicator; self: Communicator }> {
  const fabric = await choose();
  attach(fabric);
  return {
    world: new Communicator(fabric.world, 'world'),
    self: new Communicator(fabric.self, 'self'),
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

function communicators(): { world: Communicator; self: Communicator } {
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

/** Seconds from some moment in the past, to better than a microsecond (MPI 4.1 §9.6). */
export function wtime(): number {
  return performance.now() / 1000;
}

/** The name of the host (MPI_Get_processor_name, MPI 4.1 §9.1.2). */
export function processorName(): string {
  return hostname();
}
