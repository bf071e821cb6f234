/** `node --import flotilla/register sweep.ts`: TypeScript in this process, as a world of one rank or as a rank under mpirun. */
import { register as registerHooks } from 'node:module';
import { register as registerRequire } from 'tsx/cjs/api';
import { register } from 'tsx/esm/api';

registerRequire();
register();
registerHooks(new URL('./register-hooks.js', import.meta.url));
