import { Worker } from 'node:worker_threads';
import { createMemory, supervise } from '../fabric/threads/index.ts';
import { describeError } from '../lifecycle.ts';
import type { Prepared } from './prepare.ts';
import type { RankSettings, WorkerData } from './rank-data.ts';

/**
 * Runs a script in `size` worker threads. This thread only watches: whichever way a rank ends badly, all end, and the exit code says
 * so. Resolves with the job's exit code.
 */
export async function runThreads(
  size: number,
  prepared: Promise<Prepared>,
  settings: RankSettings,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const memory = createMemory(size);
  const { url, starts } = await prepared;
  const file = new URL(starts ? url : './rank-worker.js', import.meta.url);
  /** Under --pool the other ranks serve instead. */
  const server = env.FLOTILLA_POOL === 'futures' ? new URL('./rank-worker.js', import.meta.url) : undefined;
  return new Promise((resolve) => {
    const workers: Worker[] = [];
    let running = size;
    let over = false;
    const end = (code: number, ...lines: string[]) => {
      if (over) return;
      over = true;
      supervisor.stop();
      for (const line of lines) process.stderr.write(`${line}\n`);
      void Promise.all(workers.map((worker) => worker.terminate())).then(() => resolve(code));
    };
    const supervisor = supervise(memory, (report) => end(1, `flotilla: ${report}`));

    const ended = (rank: number, code: number) => {
      supervisor.ended(rank);
      const aborted = supervisor.aborted();
      if (aborted !== undefined) {
        end(aborted);
        return;
      }
      if (code !== 0) {
        end(code, `flotilla: rank ${rank} has ended with exit code ${code}: the job ends`);
        return;
      }
      if (--running > 0) return;
      end(0, ...supervisor.leftovers().map((line) => `flotilla: warning: ${line}`));
    };

    for (let rank = 0; rank < size; rank++) {
      const serves = server !== undefined && rank !== 0;
      const run = serves ? new URL('../pool/ranks/main.js', import.meta.url).href : url;
      const data: WorkerData = { flotilla: { memory, rank }, run, settings };
      const worker = new Worker(serves ? server : file, { workerData: data, env });
      worker.on('error', (error: unknown) => end(1, `rank ${rank}: ${describeError(error)}`));
      worker.on('exit', (code) => ended(rank, code));
      workers.push(worker);
    }
  });
}
