/** One problem three ways: ranks take items as they become free, then compare their best. */
import { createOp, world } from 'flotilla';
import { splitManaged } from 'flotilla/loop';
import { collatz, longer, none, show, starts } from './problem.ts';

let best = none;
for (const start of splitManaged(starts)) best = longer(best, collatz(start));
const overall = world().reduce(best, createOp(longer));
if (overall !== undefined) show(overall);
