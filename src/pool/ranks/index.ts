/** The world, for the modes that need it; loaded only where a launcher has said so. */
import { world } from '../../world.ts';
import { LaunchedPlace, type Place } from './place.ts';

export { world };
export { Synchro } from './synchro.ts';

let place: Place | undefined;

/** The other ranks of this job. */
export function launchedPlace(): Place {
  return (place ??= new LaunchedPlace(world()));
}
