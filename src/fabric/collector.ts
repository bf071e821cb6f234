import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** V8's collector: of everything, or only of young objects (a scavenge). Returns when it is done. */
export type Collector = (options?: { readonly type: 'minor' }) => void;

let collector: Collector | undefined;

/** V8 offers its collector to contexts made after the flag is set, for which Node needs no option of the command line. */
export function theCollector(): Collector {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc');
    // Left set: the flag is the process's, and another thread may be between these two lines.
    collector = runInNewContext('gc') as Collector;
  }
  return collector;
}
