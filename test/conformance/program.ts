/** All chapters as one program: in one job a case costs what it does, not the start of its ranks. */
import './chapters/point-to-point.ts';
import './chapters/collectives.ts';
import './chapters/alltoallw.ts';
import './chapters/persistent.ts';
import './chapters/reductions.ts';
import './chapters/groups.ts';
import './chapters/intercommunicators.ts';
import './chapters/intervectors.ts';
import './chapters/topologies.ts';
import './chapters/attributes.ts';
import './chapters/windows.ts';
import './chapters/files.ts';
import './chapters/spawn.ts';
import './chapters/errors.ts';
import { run } from './cases.ts';

await run();
