/** What the ranks other than 0 run instead of the script under `flotilla run --pool`. */
import { world } from '../../world.ts';
import { serve } from './serve.ts';

await serve(world());
