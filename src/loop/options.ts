import type { Communicator } from '../comm/index.ts';
import { MpiError } from '../fabric/error.ts';
import { OptionChecks, show } from '../internal/index.ts';
import { world } from '../world.ts';
import { LoopError } from './error.ts';

/** What all loops take. */
export interface LoopOptions {
  /** The ranks that share the loop; the world by default. All of them must begin it. */
  readonly comm?: Communicator;
  /** Shows a progress bar at the root: on a terminal one bar, elsewhere a line now and then. `true` or its title. */
  readonly progress?: boolean | string;
}

/** What happens when a body throws: the error goes on as usual, or all failures are told at the end. */
export type OnError = 'abort' | 'collect';

/** Options of any loop, as a JavaScript program may give them. */
interface Given {
  readonly comm?: unknown;
  readonly progress?: unknown;
  readonly onError?: unknown;
  readonly allowSingleWorker?: unknown;
  readonly indexed?: unknown;
  readonly buffer?: unknown;
  readonly signal?: unknown;
}

const ON_ERROR: readonly unknown[] = ['abort', 'collect'] satisfies OnError[];

const refuse = (operation: string, message: string) => new LoopError('ERR_OPTION', message, { operation });
const check = new OptionChecks(refuse);

/** The error of options that do not exist or make no sense, for all ranks to be told; undefined when they are fine. */
export function refusedOptions(of: string, options: Given, known: readonly string[]): LoopError | undefined {
  try {
    checkOptions(of, options, known);
    return undefined;
  } catch (error) {
    if (error instanceof LoopError) return error;
    throw error;
  }
}

/** @throws LoopError ERR_OPTION for options that do not exist or make no sense */
export function checkOptions(of: string, options: Given, known: readonly string[]): void {
  check.names(of, options, known);
  for (const name of ['allowSingleWorker', 'indexed'] as const) {
    if (!['boolean', 'undefined'].includes(typeof options[name]))
      throw refuse(of, `${of}: ${name} must be true or false, not ${show(options[name])}`);
  }
  if (!['boolean', 'string', 'undefined'].includes(typeof options.progress))
    throw refuse(of, `${of}: progress must be true, false or a title, not ${show(options.progress)}`);
  if (options.onError !== undefined && !ON_ERROR.includes(options.onError))
    throw refuse(of, `${of}: onError must be 'abort' or 'collect', not ${show(options.onError)}`);
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal))
    throw refuse(of, `${of}: signal must be an AbortSignal, not ${show(options.signal)}`);
  if (options.buffer !== undefined) check.wholeNumber(of, 'buffer', options.buffer, 1);
}

/** The error of a map whose first argument is no function. */
export function refusedWork(of: string, work: unknown): LoopError | undefined {
  if (typeof work === 'function') return undefined;
  return refuse(of, `${of} needs a function first, then the items: its first argument is ${show(work)}`);
}

/**
 * The ranks of a loop. That of `split` is null on ranks that are in no part: those have no loop to begin.
 *
 * @throws LoopError ERR_OPTION where `comm` is no communicator
 */
export function ranksOf(of: string, options: { readonly comm?: Communicator } | undefined): Communicator {
  const comm: unknown = options?.comm;
  if (comm === undefined) return world();
  if (typeof comm === 'object' && comm !== null && 'rank' in comm && 'size' in comm)
    return comm as Communicator;
  throw refuse(of, `${of}: comm must be a communicator, not ${show(comm)}`);
}

/** @throws MpiError ERR_ROOT for what is no rank of `comm` */
export function checkRoot(of: string, root: unknown, { rank, size }: Communicator, or = ''): void {
  if (typeof root === 'number' && Number.isInteger(root) && root >= 0 && root < size) return;
  const ranks = size === 1 ? 'there is rank 0 alone' : `ranks are 0 to ${size - 1}`;
  throw new MpiError('ERR_ROOT', `${show(root)} cannot be the root of ${of}: ${ranks}${or}`, {
    operation: of,
    rank,
  });
}
