import { existsSync } from 'node:fs';
import { ClusterError } from './error.ts';

/** setTimeout takes no longer ones. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** How often a rank looks for a request to stop: in large jobs less often, so that all together ask a shared file system a thousand times a second. */
const LOOK_MS = 1000;
const RANKS_A_SECOND = 1000;

/**
 * The signal of a job: aborts when `stop` has come or when the file of stop requests is there.
 *
 * @param stop - in milliseconds since 1970
 * @param file - what `flotilla run` makes when it is asked to stop
 */
export function signalOf(stop: number | undefined, file: string | undefined, now: () => number): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  if (stop === undefined && file === undefined) return signal;
  const asked = file === undefined ? () => false : fileLook(file, now);
  const look = () => {
    if (native()) return;
    if (stop !== undefined && now() >= stop)
      controller.abort(new ClusterError('ERR_LIMIT', 'the limit of the job is near'));
    else if (asked()) controller.abort(new ClusterError('ERR_STOP', 'the job was asked to stop'));
  };
  const native = (): boolean => Reflect.get<AbortSignal, 'aborted'>(AbortSignal.prototype, 'aborted', signal);
  const timer = () => {
    look();
    if (native()) return;
    const left = Math.max(0, (stop ?? Infinity) - now());
    setTimeout(timer, Math.min(left, file === undefined ? LONGEST_TIMER_MS : LOOK_MS)).unref();
  };
  timer();
  // A loop that never awaits is told of no timer: whoever asks looks at the clock and at the file.
  Object.defineProperty(signal, 'aborted', {
    get: () => {
      look();
      return native();
    },
  });
  return signal;
}

/** Whether a file is there, looked at no oftener than its file system should bear. */
function fileLook(file: string, now: () => number): () => boolean {
  const ranks = Number(process.env.FLOTILLA_RANKS ?? 1);
  const every = Math.max(LOOK_MS, (1000 * ranks) / RANKS_A_SECOND);
  let next = -Infinity;
  return () => {
    if (now() < next) return false;
    next = now() + every;
    return existsSync(file);
  };
}
