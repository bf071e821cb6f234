/** Models for worker threads. */
import { threadId } from 'node:worker_threads';

export default function square({ x }: { x: number }): number {
  if (x === 7) throw new RangeError('seven');
  if (x === 9) process.exit(3);
  return x * x;
}

export const where = (): number => threadId;
