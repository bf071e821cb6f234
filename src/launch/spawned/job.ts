import { spawn, type ChildProcess } from 'node:child_process';
import { Communicator } from '../../comm/communicator.ts';
import { connect } from '../../fabric/mpi/index.ts';
import type { MpiFabric } from '../../fabric/mpi/fabric.ts';
import { LaunchError } from '../error.ts';
import { rootEnvironment, siteVariables, type Launchable } from '../site.ts';
import { jobArguments } from './arguments.ts';
import { Meeting } from './meeting.ts';

/** Called when a job has ended before its time: which rank was first, 0 if that is not known. */
export type OnLost = (rank: number) => void;

/**
 * An MPI job of which this process is rank 0, though no launcher has started it: mpirun starts a holder in its place, and this process uses what the
 * launcher has told the holder. MPI_Comm_spawn would do the same, were it not broken in many an MPICH.
 */
export class SpawnedJob {
  readonly world: Communicator;
  onLost: OnLost = () => undefined;
  readonly #fabric: MpiFabric;
  readonly #meeting: Meeting;
  /** Ranks whose processes have ended, in that order. */
  readonly #gone: number[] = [];
  #told = false;

  private constructor(meeting: Meeting, fabric: MpiFabric) {
    this.#meeting = meeting;
    this.#fabric = fabric;
    this.world = new Communicator(fabric.world, 'spawned world');
    meeting.onGone = (rank) => this.#gone.push(rank) === 1 && setImmediate(() => this.#lose());
  }

  /** Starts it; MPI can do that once in a process. `env` is for the workers. */
  static async start(
    site: Launchable,
    workers: number,
    env: Readonly<Record<string, string>>,
  ): Promise<SpawnedJob> {
    const variables = siteVariables(site);
    const meeting = new Meeting(workers);
    try {
      await meeting.open();
      const mpirun = spawn(site.mpirun, jobArguments(site, workers, meeting.path), {
        stdio: ['ignore', 'inherit', 'inherit'],
        // Ctrl-C is for the main process to answer, which may be a prompt.
        detached: true,
        env: { ...process.env, ...variables, ...rootEnvironment(site), ...env },
      });
      mpirun.unref();
      const told = await Promise.race([meeting.complete, endOf(mpirun)]);
      meeting.shut();
      return new SpawnedJob(
        meeting,
        withVariables({ ...told, ...variables }, () => connect(process.env, [])),
      );
    } catch (error) {
      meeting.leave();
      throw error;
    }
  }

  /** Ends the workers at once; then they are lost. */
  kill(): void {
    this.#gone.push(0);
    this.#lose();
  }

  /** Ends it in order; the workers must be about to do the same. */
  finish(): void {
    if (this.lost) return;
    this.#fabric.finish({ code: 0, told: false }, Infinity);
    this.#meeting.farewell();
  }

  get lost(): boolean {
    return this.#gone.length > 0;
  }

  #lose(): void {
    if (this.#told) return;
    this.#told = true;
    this.#fabric.forsake();
    this.#meeting.leave();
    // An abort ends all at once: then none of them can be said to be the first.
    this.onLost(this.#gone.length === 1 ? this.#gone[0]! : 0);
  }
}

function endOf(mpirun: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    mpirun.on('error', reject);
    mpirun.on('exit', (code, signal) => {
      const how = code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${code}`;
      reject(new LaunchError('ERR_START', `mpirun ${how} before the workers were there`, 'spawn'));
    });
  });
}

/** Calls `body` with these in the environment, and puts it back: processes that the program starts are no ranks. */
function withVariables<T>(variables: Readonly<Record<string, string>>, body: () => T): T {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return body();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}
