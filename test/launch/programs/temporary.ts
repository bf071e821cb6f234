/** Ends while the folder of what was prepared is there. */
import { existsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { world } from 'flotilla';

const comm = world();
comm.barrier();
if (comm.rank === 0) {
  writeSync(1, 'prepared\n');
  if (process.argv[2] === 'computes') for (;;);
  // The test looks at the folder first.
  while (!existsSync(join(tmpdir(), 'seen'))) await new Promise((resolve) => setTimeout(resolve, 20));
  throw new Error('it broke');
}
comm.barrier();
