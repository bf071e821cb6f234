/** The world, for the modes that need it; loaded only where a launcher has said so. */
export { world } from '../../world.ts';
export { Ranks } from './crew.ts';
export { Synchro } from './synchro.ts';
