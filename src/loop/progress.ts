import { createRequire } from 'node:module';

/** A bar at the root. */
export interface Progress {
  add(items: number): void;
  end(): void;
}

const NONE: Progress = { add: () => undefined, end: () => undefined };
const LINE_EVERY_MS = 2000;

type CliProgress = typeof import('cli-progress');

/** Begins to show progress: a bar on a terminal, elsewhere a line now and then. The total may not be known. */
export function showProgress(show: boolean | string | undefined, total: number | undefined): Progress {
  if (show === undefined || show === false) return NONE;
  const title = typeof show === 'string' ? show : 'progress';
  return process.stderr.isTTY ? bar(title, total) : lines(title, total);
}

function bar(title: string, total: number | undefined): Progress {
  // Loaded only now, and at once, since a loop may be about to block.
  const library = createRequire(import.meta.url)('cli-progress') as CliProgress;
  const shown = new library.SingleBar({
    format:
      total === undefined
        ? `${title} | {value} items | {rate} items/s`
        : `${title} {bar} {percentage} % | {value}/{total} | {rate} items/s | {eta_formatted} left`,
    stream: process.stderr,
    gracefulExit: false,
    hideCursor: true,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  const count = new Count();
  shown.start(total ?? 0, 0, { rate: '0' });
  return {
    add(items) {
      count.add(items);
      shown.update(count.done, { rate: count.rate.toFixed(1) });
    },
    end: () => shown.stop(),
  };
}

function lines(title: string, total: number | undefined): Progress {
  const count = new Count();
  let next = performance.now() + LINE_EVERY_MS;
  const line = () => {
    const rate = `${count.rate.toFixed(1)} items/s`;
    if (total === undefined) {
      process.stderr.write(`${title}: ${count.done} items, ${rate}\n`);
      return;
    }
    const left = count.done < total ? `, ${Math.ceil((total - count.done) / count.rate)} s left` : '';
    process.stderr.write(`${title}: ${count.done} of ${total}, ${rate}${left}\n`);
  };
  return {
    add(items) {
      count.add(items);
      if (performance.now() < next) return;
      next = performance.now() + LINE_EVERY_MS;
      line();
    },
    end: line,
  };
}

class Count {
  done = 0;
  readonly #started = performance.now();

  add(items: number): void {
    this.done += items;
  }

  /** Items a second. */
  get rate(): number {
    return (1000 * this.done) / Math.max(1, performance.now() - this.#started);
  }
}
