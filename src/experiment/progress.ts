import type { Pool } from '../conduit/index.ts';
import type { Figures } from './drive.ts';

/** On a terminal the line is rewritten so often, elsewhere a new one is written. */
const TERMINAL_MS = 200;
const LINES_MS = 5000;

interface Watched {
  figures(): Figures;
}

/** One line on stderr for all experiments that run. */
export function watch(drives: readonly Watched[], pool: Pool): { end(): void } {
  const { stderr } = process;
  const began = performance.now();
  const line = () => drives.map((drive) => describe(drive.figures())).join('; ') + rest(drives, pool, began);
  const show = () => stderr.write(stderr.isTTY ? `\r\x1b[2K${line()}` : `${line()}\n`);
  // Reads only: it must not keep a run alive, nor a rank from blocking while it waits.
  const timer = setInterval(show, stderr.isTTY ? TERMINAL_MS : LINES_MS);
  return {
    end() {
      clearInterval(timer);
      show();
      if (stderr.isTTY) stderr.write('\n');
    },
  };
}

function describe({ name, generation, evaluations, best }: Figures): string {
  const shown = best === undefined ? '' : `, best ${best.toPrecision(6)}`;
  return `${name}: generation ${generation}${shown}, ${evaluations} evaluations`;
}

function rest(drives: readonly Watched[], pool: Pool, began: number): string {
  const busy = ` | ${pool.busy} of ${pool.teams} teams busy`;
  const shares = drives.map((drive) => drive.figures().share);
  const slowest = Math.min(...shares.map((share) => share ?? 0));
  if (!(slowest > 0)) return busy;
  const left = ((performance.now() - began) * (1 - slowest)) / slowest / 1000;
  return `${busy} | at most ${left < 100 ? left.toFixed(0) : left.toPrecision(2)} s left`;
}
