import { world } from '../world.ts';
import type { LoopOptions } from './options.ts';
import { showProgress } from './progress.ts';

/**
 * Rank r takes items r, r + size, r + 2·size, … without any communication. All ranks must iterate over the same items in the same
 * order; an iterable that is no array is stepped through by each. Progress is that of rank 0.
 */
export function* splitRoundRobin<T>(items: Iterable<T>, options: LoopOptions = {}): Generator<T, void, void> {
  const { rank, size } = options.comm ?? world();
  const list = Array.isArray(items) ? (items as readonly T[]) : undefined;
  const bar = showProgress(rank === 0 && options.progress, Math.ceil((list?.length ?? 0) / size));
  try {
    if (list) {
      for (let i = rank; i < list.length; i += size) {
        yield list[i]!;
        bar.add(1);
      }
      return;
    }
    let i = 0;
    for (const item of items) {
      if (i++ % size !== rank) continue;
      yield item;
      bar.add(1);
    }
  } finally {
    bar.end();
  }
}
