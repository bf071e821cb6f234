import { setTimeout as pause } from 'node:timers/promises';
import { createMemory } from '../fabric/threads/index.ts';
import type { Prepared } from './prepare.ts';
import { endProcesses, killProcesses, nameJob } from './processes.ts';
import type { RankSettings } from './rank-data.ts';
import { dieOf, onEndingSignals } from './signals.ts';
import { ThreadsJob } from './threads-job.ts';

export { MAX_RANKS } from '../fabric/threads/index.ts';

/** A thread that can be stopped has stopped after this time. */
const STOP_MS = 500;

/** Runs a script in `size` worker threads. Resolves with the job's exit code. */
export async function runThreads(
  size: number,
  prepared: Promise<Prepared>,
  settings: RankSettings,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const memory = createMemory(size);
  const { job: name, variables } = nameJob();
  const script = await prepared;
  return new Promise((resolve) => {
    let asked: NodeJS.Signals | undefined;
    const job = new ThreadsJob(memory, { ...env, ...variables }, settings.label, {
      failed(code, stopped) {
        void endAll(name, stopped).then((ended) => {
          resolve(code);
          if (ended) return;
          script.dispose();
          dieOf(asked ?? 'SIGKILL');
        });
      },
      done(leftovers, code) {
        job.stop();
        for (const line of leftovers) process.stderr.write(`flotilla: warning: ${line}\n`);
        resolve(code);
      },
    });
    onEndingSignals(
      (signal, code) => {
        asked = signal;
        job.end(code);
      },
      () => void killProcesses(name),
    );
    // Under --pool the other ranks serve instead.
    const serve = { url: new URL('../pool/ranks/main.js', import.meta.url).href, starts: false };
    const others = env.FLOTILLA_POOL === 'futures' ? serve : script;
    for (let rank = 0; rank < size; rank++) job.start(rank, rank === 0 ? script : others, settings);
  });
}

/** Ends what ranks have started. Resolves with whether their threads have ended: one may wait in a system call for something else. */
async function endAll(name: string, stopped: Promise<unknown>): Promise<boolean> {
  const ended = stopped.then(() => true);
  const late = () => pause(STOP_MS, false, { ref: false });
  await Promise.race([ended, late()]);
  await endProcesses(name);
  return Promise.race([ended, pause(STOP_MS, false)]);
}
