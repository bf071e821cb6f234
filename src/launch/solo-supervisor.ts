/** The thread that starts and watches the ranks which a solo rank spawns: that rank's own thread may block. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { World, type ThreadsMemory } from '../fabric/threads/memory.ts';
import { redirectOutput } from './output/index.ts';
import { mapStacks } from './source-maps.ts';
import { ThreadsJob } from './threads-job.ts';

/** What the solo rank tells it. */
export interface SoloData {
  readonly memory: ThreadsMemory;
  readonly port: MessagePort;
  /** For prepared scripts; the solo rank removes it. */
  readonly folder: string;
}

const { memory, port, folder } = workerData as SoloData;
mapStacks();
redirectOutput({ rank: 0, label: false });
const job = new ThreadsJob(
  memory,
  process.env,
  false,
  {
    failed(code, stopped) {
      void stopped.then(() => {
        const words = new Int32Array(memory.buffer);
        Atomics.compareExchange(words, World.ABORT, 0, code + 1);
        Atomics.notify(words, World.RUNNING);
        // The solo rank looks at World.ABORT when it wakes; its event loop hears of the message.
        job.wake(0);
        parentPort?.postMessage(code);
      });
    },
    done(leftovers) {
      for (const line of leftovers) process.stderr.write(`flotilla: warning: ${line}\n`);
      const words = new Int32Array(memory.buffer);
      Atomics.store(words, World.RUNNING, World.TOLD);
      Atomics.notify(words, World.RUNNING);
    },
  },
  folder,
);
job.awaits(port, 0);
