import type { Communicator } from '../../comm/index.ts';

/** The ranks that serve pools, as their rank 0 sees them. */
export interface Place {
  readonly world: Communicator;
  /** Ends the ranks, of which one cannot be stopped alone. */
  abort(): void;
  /** The pool that they serve now. */
  user: PlaceUser | undefined;
}

export interface PlaceUser {
  /** The ranks have ended, this worker first, if that is known. */
  lose(worker: number | undefined): void;
  /** The program ends: lets the ranks go, and says whether they are free. Waits for what they are at if `patient`. */
  part(patient: boolean): boolean;
}

/** The other ranks of the job that this process is rank 0 of. */
export class LaunchedPlace implements Place {
  user: PlaceUser | undefined;

  constructor(readonly world: Communicator) {
    process.prependListener('exit', (code) => {
      if (code === 0) this.user?.part(true);
    });
  }

  abort(): void {
    this.world.abort(1);
  }
}
