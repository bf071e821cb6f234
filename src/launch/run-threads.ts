import { createMemory } from '../fabric/threads/index.ts';
import type { Prepared } from './prepare.ts';
import type { RankSettings } from './rank-data.ts';
import { ThreadsJob } from './threads-job.ts';

export { MAX_RANKS } from '../fabric/threads/index.ts';

/** Runs a script in `size` worker threads. Resolves with the job's exit code. */
export async function runThreads(
  size: number,
  prepared: Promise<Prepared>,
  settings: RankSettings,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const memory = createMemory(size);
  const script = await prepared;
  return new Promise((resolve) => {
    const job = new ThreadsJob(memory, env, settings.label, {
      failed: resolve,
      done(leftovers) {
        job.stop();
        for (const line of leftovers) process.stderr.write(`flotilla: warning: ${line}\n`);
        resolve(0);
      },
    });
    // Under --pool the other ranks serve instead.
    const serve = { url: new URL('../pool/ranks/main.js', import.meta.url).href, starts: false };
    const others = env.FLOTILLA_POOL === 'futures' ? serve : script;
    for (let rank = 0; rank < size; rank++) job.start(rank, rank === 0 ? script : others, settings);
  });
}
