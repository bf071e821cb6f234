/**
 * Runs jobs over threads one after the other in this process, as `flotilla run` does each in one of its own. Takes them
 * as JSON in its argument; after each one there is a line with its exit code in what it writes to stderr.
 */
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';

/** A script and its arguments on `n` ranks. */
export interface Job {
  readonly n: number;
  readonly script: string;
  readonly args: readonly string[];
}

/** Before the exit code of a job that has ended. */
export const ENDED = 'the job has ended with exit code ';

if (process.argv[1] === import.meta.filename) {
  // Built: worker threads cannot begin with TypeScript.
  const built = (name: string) => new URL(`../../dist/launch/${name}.js`, import.meta.url).href;
  const { prepare } = (await import(built('prepare'))) as typeof import('../../src/launch/prepare.ts');
  const { runThreads } = (await import(
    built('run-threads')
  )) as typeof import('../../src/launch/run-threads.ts');
  const scripts = new Map<string, ReturnType<typeof prepare>>();
  process.setMaxListeners(0);
  for (const { n, script, args } of JSON.parse(process.argv[2]!) as Job[]) {
    const path = resolve(script);
    const prepared = scripts.get(path) ?? prepare(path, true);
    scripts.set(path, prepared);
    const code = await runThreads(n, prepared, { script: path, args, label: false }, process.env);
    writeSync(2, `${ENDED}${code}\n`);
  }
  for (const prepared of scripts.values()) (await prepared).dispose();
}
