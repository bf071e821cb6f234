import type { MpiCarrier } from './carrier.ts';

/** Ranks that leave a barrier at different times are all out of it after so long. */
const PAUSE_MS = 100;

/**
 * What MPICH over UCX's TCP needs before MPI_Finalize (seen in 4.0.2 with UCX 1.13, in C programs too): each rank waits there until its messages
 * have been acknowledged, then blocks where it acknowledges no others, so whoever comes late waits for ever. If all have sent to all,
 * nobody is through before everybody has come; if nobody looks at the network for a moment, nobody acknowledges before that.
 */
export function partTogether(world: MpiCarrier): void {
  const { rank, size } = world;
  const apart = world.dup();
  const nothing = new Uint8Array(1);
  for (let step = 1; step < size; step++) {
    const sending = apart.isend(nothing, (rank + step) % size, 0, false);
    const source = (rank + size - step) % size;
    apart.recv(new Uint8Array(1), source, 0, { source, tag: 0, bytes: 0, cancelled: false });
    world.fabric.wait([sending], 'all');
  }
  apart.barrier();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
