import { join } from 'node:path';
import { ExperimentError } from '../conduit/index.ts';
import { pause, tryLock, type Lock } from '../internal/index.ts';

/** How long a process that is about to end is waited for: a job that was killed may take a moment to be gone. */
const DYING_MS = 5000;
const LOOK_MS = 50;

/**
 * Takes the lock of a record, which one process writes alone. A lock whose process has ended, by whatever means, is taken over.
 *
 * @throws ExperimentError ERR_CHECKPOINT while another run writes the record
 */
export function takeLock(path: string): Lock {
  const deadline = performance.now() + DYING_MS;
  for (;;) {
    const lock = tryLock(join(path, 'lock'));
    if ('release' in lock) return lock;
    if (lock.pid === process.pid || performance.now() >= deadline)
      throw new ExperimentError(
        'ERR_CHECKPOINT',
        `${path} is being written by another run: process ${lock.pid} on ${lock.host}`,
      );
    pause(LOOK_MS);
  }
}
