/** The examples of experiments, one after the other: ranks are started once for all of them. */
import { world } from 'flotilla';

const title = (name: string) => {
  if (world().rank === 0) console.log(`# ${name}`);
};
title('rosenbrock');
await import('../../../examples/experiments/rosenbrock.ts');
title('fit-a-line');
await import('../../../examples/experiments/fit-a-line.ts');
title('heat');
await import('../../../examples/experiments/heat.ts');
title('five-share');
await import('../../../examples/experiments/five-share.ts');
title('external');
await import('../../../examples/experiments/external.ts');
