import { packThrown, unpackThrown, type Thrown } from '../internal/index.ts';
import { Collector } from './collector.ts';
import { openChannel } from './channel.ts';
import { failures, type ItemError } from './error.ts';
import { itemError, workFor } from './map-worker.ts';
import { checkRoot, ranksOf, refusedOptions, refusedWork } from './options.ts';
import type { Indexed, MapOptions, Work } from './map-options.ts';
import { showProgress } from './progress.ts';
import { NO_ITEMS, sourceOf, type Source } from './source.ts';

const OPTIONS = ['comm', 'progress', 'root', 'buffer', 'onError', 'indexed'] as const satisfies readonly (
  keyof MapOptions | 'indexed'
)[];

/**
 * Runs `work` on the other ranks and yields the results at the root as they come; on the workers the iteration yields nothing and ends
 * with the loop. All ranks must iterate with the same items.
 *
 * @throws LoopError ERR_ITEMS, ERR_OPTION on all ranks, where the items of one rank are no iterable or not those of the others, or its options
 * make no sense
 * @throws MpiError ERR_ROOT for a root that is no rank
 * @throws ItemError at the root for what `work` threw
 */
export function mapUnordered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options: MapOptions & { indexed: true },
): AsyncGenerator<Indexed<R>, void, void>;
export function mapUnordered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options?: MapOptions,
): AsyncGenerator<R, void, void>;
export async function* mapUnordered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options: MapOptions & { indexed?: boolean } = {},
): AsyncGenerator<R | Indexed<R>, void, void> {
  for await (const result of map(work, items, options, false)) yield options.indexed ? result : result.value;
}

/** As mapUnordered, in the order of the items. */
export function mapOrdered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options: MapOptions & { indexed: true },
): AsyncGenerator<Indexed<R>, void, void>;
export function mapOrdered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options?: MapOptions,
): AsyncGenerator<R, void, void>;
export async function* mapOrdered<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  options: MapOptions & { indexed?: boolean } = {},
): AsyncGenerator<R | Indexed<R>, void, void> {
  for await (const result of map(work, items, options, true)) yield options.indexed ? result : result.value;
}

async function* map<T, R>(
  work: Work<T, R>,
  items: Iterable<T>,
  given: MapOptions,
  ordered: boolean,
): AsyncGenerator<Indexed<R>, void, void> {
  const loop = ordered ? 'mapOrdered' : 'mapUnordered';
  // A JavaScript program may pass anything.
  const { root = 0 } = (given as MapOptions | null) ?? {};
  const comm = ranksOf(loop, given);
  checkRoot(loop, root, comm);
  const { source, refusal } = begin(loop, work, items, given);
  const options = refusal === undefined ? given : {};
  if (comm.size === 1) return yield* alone(work, source, refusal, options);
  const channel = openChannel(comm, loop);
  try {
    if (comm.rank === root) yield* new Collector<R>(channel, source, refusal, options, ordered).results();
    else await workFor(channel, root, work, source, refusal);
  } finally {
    channel.close();
    source.close();
  }
}

/** The items of this rank; or the error that the loop is to end with on all ranks. */
function begin<T>(
  loop: string,
  work: unknown,
  items: Iterable<T>,
  options: MapOptions,
): { readonly source: Source<T>; readonly refusal: Thrown | undefined } {
  const refused = refusedOptions(loop, options, OPTIONS) ?? refusedWork(loop, work);
  if (refused !== undefined) return { source: NO_ITEMS, refusal: packThrown(refused) };
  try {
    return { source: sourceOf(loop, items), refusal: undefined };
  } catch (error) {
    return { source: NO_ITEMS, refusal: packThrown(error) };
  }
}

async function* alone<T, R>(
  work: Work<T, R>,
  source: Source<T>,
  refusal: Thrown | undefined,
  options: MapOptions,
): AsyncGenerator<Indexed<R>, void, void> {
  if (refusal !== undefined) throw unpackThrown(refusal);
  const bar = showProgress(options.progress, source.length);
  const failed: ItemError[] = [];
  try {
    for (let index = 0; source.has(index); index++) {
      let value: R;
      try {
        value = await work(source.at(index), index);
      } catch (error) {
        const failure = itemError(index, 0, error);
        if (options.onError !== 'collect') throw failure;
        failed.push(failure);
        continue;
      } finally {
        source.forget(index + 1);
      }
      bar.add(1);
      yield { index, value };
    }
    bar.end();
  } finally {
    source.close();
  }
  if (failed.length > 0) throw failures(failed);
}
