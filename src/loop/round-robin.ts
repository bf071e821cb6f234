import type { Communicator } from '../comm/index.ts';
import { checkOptions, ranksOf, type LoopOptions } from './options.ts';
import { showProgress } from './progress.ts';
import { sourceOf, type Source } from './source.ts';

const OPTIONS = ['comm', 'progress'] as const satisfies readonly (keyof LoopOptions)[];
const LOOP = 'splitRoundRobin';

/**
 * Rank r takes items r, r + size, r + 2·size, … without any communication. All ranks must iterate over the same items in the same
 * order, which nobody can check; an iterable that is no array is stepped through by each. Progress is that of rank 0.
 *
 * @throws LoopError ERR_ITEMS for what is no iterable, ERR_OPTION for options that do not exist or make no sense: on this rank
 */
export function splitRoundRobin<T>(items: Iterable<T>, options: LoopOptions = {}): Generator<T, void, void> {
  checkOptions(LOOP, options, OPTIONS);
  return deal(sourceOf(LOOP, items), ranksOf(LOOP, options), options.progress);
}

function* deal<T>(
  source: Source<T>,
  { rank, size }: Communicator,
  progress: boolean | string | undefined,
): Generator<T, void, void> {
  const total = source.length === undefined ? undefined : Math.ceil(source.length / size);
  const bar = showProgress(rank === 0 && progress, total);
  try {
    for (let i = rank; source.has(i); i += size) {
      yield source.at(i);
      source.forget(i + 1);
      bar.add(1);
    }
  } finally {
    bar.end();
    source.close();
  }
}
