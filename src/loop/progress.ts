import { createRequire } from 'node:module';

/** A bar at the root. */
export interface Progress {
  add(items: number): void;
  end(): void;
}

const NONE: Progress = { add: () => undefined, end: () => undefined };
const LINE_EVERY_MS = 2000;

type CliProgress = typeof import('cli-progress');

/** Begins to show progress; the library for it is loaded only now, and at once, since a loop may be about to block. */
export function showProgress(show: boolean | string | undefined, total: number): Progress {
  if (show === undefined || show === false) return NONE;
  const library = createRequire(import.meta.url)('cli-progress') as CliProgress;
  return makeBar(library, typeof show === 'string' ? show : 'progress', total);
}

function makeBar(library: CliProgress, title: string, total: number): Progress {
  const started = performance.now();
  const bar = new library.SingleBar({
    format: `${title} {bar} {percentage} % | {value}/{total} | {rate} items/s | {eta_formatted} left`,
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: LINE_EVERY_MS,
    gracefulExit: false,
    hideCursor: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  let done = 0;
  const rate = () => ({ rate: ((1000 * done) / Math.max(1, performance.now() - started)).toFixed(1) });
  bar.start(total, 0, rate());
  return {
    add(items) {
      done += items;
      bar.update(done, rate());
    },
    end: () => bar.stop(),
  };
}
