import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { ThreadsMemory } from './fabric/threads/index.ts';
import { temporaryFolder } from './internal/index.ts';
import type { SoloData } from './launch/solo-supervisor.ts';

/** Starts the thread that starts and watches what a solo rank spawns. It does not keep the rank alive: the fabric's end waits for it. */
export function superviseSolo(memory: ThreadsMemory): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const { path: folder } = temporaryFolder();
  const data: SoloData = { memory, port: port2, folder };
  const supervisor = new Worker(new URL('./launch/solo-supervisor.js', import.meta.url), {
    workerData: data,
    transferList: [port2],
    // It writes to the descriptors itself.
    stdout: true,
    stderr: true,
  });
  supervisor.on('message', (code: number) => process.exit(code));
  supervisor.unref(); // last: a listener takes it back
  return port1;
}
