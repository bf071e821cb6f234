/** All chapters as one program: in one job a case costs what it does, not the start of its ranks. */
import './chapters/point-to-point.ts';
import './chapters/collectives.ts';
import './chapters/reductions.ts';
import { run } from './cases.ts';

await run();
