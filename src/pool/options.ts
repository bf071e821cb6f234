import { OptionChecks, show } from '../internal/index.ts';
import { PoolError } from './error.ts';
import type { CloseOptions, MapOptions, PoolOptions, TaskOptions } from './executor.ts';

const check = new OptionChecks((operation, message) => new PoolError('ERR_OPTION', message, { operation }));

const POOL = [
  'mode',
  'workers',
  'minWorkers',
  'threadsPerWorker',
  'mpi',
  'concurrency',
  'initializer',
  'initializerArgs',
  'idleTimeout',
  'maxQueue',
  'timeout',
  'retries',
  'resourceLimits',
] as const satisfies readonly (keyof PoolOptions)[];
const TASK = ['signal', 'timeout', 'retries'] as const satisfies readonly (keyof TaskOptions)[];
const MAP = [...TASK, 'chunkSize', 'ordered', 'buffer'] as const satisfies readonly (keyof MapOptions)[];
const CLOSE = ['cancel', 'force'] as const satisfies readonly (keyof CloseOptions)[];
const MODES = ['auto', 'threads', 'futures', 'synchro', 'spawn', 'inline'] as const;

/** Throws ERR_OPTION for options of a pool that do not exist or make no sense. */
export function checkPoolOptions(options: PoolOptions): void {
  const of = 'pool';
  check.names(of, options, POOL);
  check.oneOf(of, 'mode', options.mode ?? 'auto', MODES);
  for (const name of ['workers', 'threadsPerWorker', 'concurrency'] as const)
    limit(of, name, options[name], 1, true);
  for (const name of ['minWorkers', 'maxQueue', 'retries'] as const) limit(of, name, options[name], 0, true);
  for (const name of ['timeout', 'idleTimeout'] as const) limit(of, name, options[name], 0, false);
  const { initializer, initializerArgs } = options;
  if (initializer !== undefined && typeof initializer !== 'function')
    throw refusal(of, `initializer must be a function, not ${show(initializer)}`);
  if (initializerArgs !== undefined && !Array.isArray(initializerArgs))
    throw refusal(of, `initializerArgs must be an array, not ${show(initializerArgs)}`);
}

/** The same for those of one task. */
export function checkTaskOptions(options: TaskOptions): void {
  const of = 'submitWith';
  if (typeof options === 'function') throw refusal(of, 'the options come first, then the task');
  check.names(of, options, TASK);
  checkTask(of, options);
}

export function checkMapOptions(of: string, options: MapOptions): void {
  check.names(of, options, MAP);
  checkTask(of, options);
  for (const name of ['chunkSize', 'buffer'] as const)
    limit(of, name, options[name], 1, name === 'chunkSize');
}

export function checkCloseOptions(options: CloseOptions): void {
  check.names('close', options, CLOSE);
}

/** Throws ERR_OPTION unless these are a task and something to iterate over. */
export function checkItems(of: string, task: unknown, items: unknown): void {
  if (typeof task === 'function' && isIterable(items)) return;
  const swapped = typeof items === 'function' && isIterable(task);
  throw refusal(
    of,
    swapped
      ? `the task comes first, then the items: ${of}(task, items)`
      : typeof task === 'function'
        ? `the items must be an iterable or an async iterable, not ${show(items)}`
        : `a task is a function, not ${show(task)}`,
  );
}

/** Throws ERR_OPTION unless this is a list of arguments. */
export function checkList(of: string, list: unknown): void {
  if (!Array.isArray(list)) throw refusal(of, `each item must be an array of arguments, not ${show(list)}`);
}

function checkTask(of: string, { signal, timeout, retries }: TaskOptions): void {
  limit(of, 'timeout', timeout, 0, false);
  limit(of, 'retries', retries, 0, true);
  if (signal !== undefined && !((signal as unknown) instanceof AbortSignal))
    throw refusal(of, `signal must be an AbortSignal, not ${show(signal)}`);
}

function isIterable(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  const object = Object(value) as object;
  return Symbol.iterator in object || Symbol.asyncIterator in object;
}

/** A number of at least `least`, or Infinity. */
function limit(of: string, name: string, value: unknown, least: number, whole: boolean): void {
  if (value === undefined || value === Infinity) return;
  if (typeof value === 'number' && value >= least && (!whole || Number.isInteger(value))) return;
  const kind = whole ? 'whole number' : 'number';
  throw refusal(of, `${name} must be a ${kind} of at least ${least}, not ${show(value)}`);
}

function refusal(of: string, message: string): PoolError {
  return new PoolError('ERR_OPTION', `${of}: ${message}`, { operation: of });
}
