/** `node --import flotilla/register sweep.ts`: TypeScript in this process, as a world of one rank or as a rank under mpirun. */
import { register } from 'tsx/esm/api';

register();
