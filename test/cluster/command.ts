/** The command line, as a user calls it. */
import { CLI, start, type Outcome } from '../harness/launch.ts';

export function flotilla(...args: readonly string[]): Promise<Outcome> {
  return start(process.execPath, [CLI, ...args]);
}
