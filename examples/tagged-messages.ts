/** The first program of every cluster tutorial: rank 0 sends a record with tag 11, rank 1 receives it. */
import { Status, world } from 'flotilla';

interface Settings {
  learningRate: number;
  layers: number[];
}

const comm = world();
if (comm.size < 2) {
  console.log('two ranks are needed: flotilla run -n 2 tagged-messages.ts');
} else if (comm.rank === 0) {
  comm.send({ learningRate: 0.1, layers: [64, 32] } satisfies Settings, 1, 11);
  comm.send('that was all', 1, 12);
} else if (comm.rank === 1) {
  const status = new Status();
  // Tag 12 first: messages match by tag, not by when they came.
  const last = comm.recv<string>(0, 12);
  const settings = comm.recv<Settings>(0, 11, status);
  console.log(
    `rank 1 got learning rate ${settings.learningRate}, layers ${settings.layers.join('-')} from rank ${status.source}: ${last}`,
  );
}
