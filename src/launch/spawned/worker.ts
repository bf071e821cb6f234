/** A worker of spawn mode: says that it is there, becomes a rank, and serves the pools of the main process. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Greeting } from './words.ts';

// Open as long as this process lives: so the main process learns of its end.
const main = connect(process.argv[2]!);
await once(main, 'connect');
main.on('error', () => undefined);
main.unref();
process.argv.splice(2);

const { mapStacks } = await import('../source-maps.ts');
const { redirectOutput } = await import('../output/index.ts');
const { OMPI_COMM_WORLD_RANK, PMI_RANK, PMI_ID, FLOTILLA_BINDING } = process.env;
const rank = Number(OMPI_COMM_WORLD_RANK ?? PMI_RANK ?? PMI_ID);
mapStacks();
redirectOutput({ rank, label: false });
// Whatever can fail does so before the others count on this rank: MPI does not come out of its start when one is missing.
const { setDefaults } = await import('../../fabric/mpi/index.ts');
const { loadBinding } = await import('../../fabric/mpi/binding.ts');
const { serve } = await import('../../pool/ranks/serve.ts');
setDefaults(process.env);
loadBinding(FLOTILLA_BINDING!);

main.write(`${JSON.stringify({ rank } satisfies Greeting)}\n`);
const { world } = await import('../../world.ts');
await serve(world());
