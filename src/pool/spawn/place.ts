import type { Communicator } from '../../comm/index.ts';
import type { SpawnedJob } from '../../spawned.ts';
import type { Place, PlaceUser } from '../ranks/place.ts';
import { release } from '../ranks/serve.ts';

/** The processes that this one has had started. */
export class SpawnedPlace implements Place {
  user: PlaceUser | undefined;
  readonly #job: SpawnedJob;

  constructor(job: SpawnedJob) {
    this.#job = job;
    job.onLost = (rank) => this.user?.lose(rank === 0 ? undefined : rank - 1);
    process.on('exit', (code) => this.#part(code));
  }

  get world(): Communicator {
    return this.#job.world;
  }

  abort(): void {
    this.#job.kill();
  }

  /** They end in order if they are free, whatever the exit code; otherwise with this process, since nobody says farewell. */
  #part(code: number): void {
    const free = this.user?.part(code === 0) ?? true;
    if (this.#job.lost) {
      if (code === 0) process.exitCode = 1;
    } else if (free) {
      release(this.world);
      this.#job.finish();
    }
  }
}
