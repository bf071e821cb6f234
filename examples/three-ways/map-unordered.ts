/** One problem three ways: the ranks compute, results come to the root as they are ready. */
import { world } from 'flotilla';
import { mapUnordered } from 'flotilla/loop';
import { collatz, longer, none, show, starts } from './problem.ts';

let best = none;
for await (const answer of mapUnordered(collatz, starts)) best = longer(best, answer);
if (world().rank === 0) show(best);
