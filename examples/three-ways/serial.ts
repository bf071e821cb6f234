/** One problem three ways, first without ranks. */
import { collatz, longer, none, show, starts } from './problem.ts';

let best = none;
for (const start of starts) best = longer(best, collatz(start));
show(best);
