import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ClusterError } from './error.ts';
import { JobFolder } from './folder.ts';
import type { JobOptions } from './job-options.ts';
import type { JobEnd, JobState } from './judge.ts';
import { cancelJobs } from './queue.ts';
import { withoutAllocation } from './strip.ts';
import { Watch } from './watch.ts';

/** What a job needs, as options of `flotilla job submit` in camelCase, and what its script is given. */
export interface SubmitOptions extends JobOptions {
  /** Arguments of the script. */
  readonly args?: readonly string[];
  /** A profile of flotilla.clusters.json. Default: by host name. */
  readonly profile?: string;
  /** So many jobs of the scheduler at once, each to go on after the one before: where nodes may not submit. */
  readonly chain?: number;
}

/** A job that was submitted. */
export interface SubmittedJob {
  /** The scheduler's number of it. */
  readonly id: string;
  /** Its folder, `.flotilla/NAME.k`. */
  readonly folder: string;
  /** Where it stands by now. */
  status(): Promise<JobState>;
  /** Its end, across requeues: looked for from the first time that this is read. */
  readonly ended: Promise<JobEnd>;
  /** Has its program asked to stop and does not put it back; one that waits in the queue is cancelled. */
  stop(): Promise<void>;
  /** Ends it, and for good. */
  cancel(): Promise<void>;
}

/** All jobs of this process are asked for together. */
const watch = new Watch();

/**
 * Submits a script to the cluster's scheduler: bundles it, makes the folder of the job in `.flotilla/` and the script for the scheduler. The
 * job runs the code as it is now. For one rank: each that calls this submits a job. Within a job it works too, and what is
 * submitted has the shape that is asked for.
 *
 * @param script - a path, `.ts`, `.mts`, `.js` or `.mjs`
 * @param options - what it needs; options win over the profile's
 * @throws {ClusterError} ERR_SCHEDULER with the complaint of the scheduler, or of the bundler
 * @example
 * ```ts
 * const job = await submit('sweep.ts', { nodes: 2, ranksPerNode: 12, walltime: '30m', profile: 'wm' });
 * const { state, code } = await job.ended;
 * ```
 */
export async function submit(script: string, options: SubmitOptions = {}): Promise<SubmittedJob> {
  const { args = [], profile, chain, ...job } = options;
  const command = [
    fileURLToPath(new URL('../launch/cli.js', import.meta.url)),
    ...['job', 'submit', '--options', JSON.stringify(job)],
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(chain === undefined ? [] : ['--chain', String(chain)]),
    ...['--', script, ...args],
  ];
  const id = await printed(command);
  return submitted(JobFolder.find(id), id);
}

function submitted(folder: JobFolder, id: string): SubmittedJob {
  let ended: SubmittedJob['ended'] | undefined;
  return {
    id,
    folder: folder.path,
    status: () => watch.look(folder),
    get ended() {
      return (ended ??= watch.ended(folder));
    },
    stop: () => stopJob(folder, watch),
    cancel: () => cancelJob(folder),
  };
}

/** Has a job's program asked to stop; one that waits in the queue is cancelled, since it has nothing to write down. */
export async function stopJob(folder: JobFolder, watch: Watch): Promise<void> {
  folder.wish('stop');
  const { state } = await watch.look(folder);
  if (state === 'queued') await cancelJob(folder);
}

/** Cancels a job, so that nobody puts it back. */
export async function cancelJob(folder: JobFolder): Promise<void> {
  folder.wish('cancel');
  const { scheduler } = folder.submitted!;
  await cancelJobs(scheduler, folder.ids);
}

/** What a command of ours prints. */
function printed(command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, {
      env: withoutAllocation(process.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve(stdout.trim());
      reject(
        new ClusterError('ERR_SCHEDULER', stderr.trim().replace(/^flotilla: /, ''), { operation: 'submit' }),
      );
    });
  });
}
