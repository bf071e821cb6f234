/** Worker threads that do nothing but be there; prints the memory of the process, in MB. */
import { isMainThread, Worker } from 'node:worker_threads';

if (isMainThread) {
  const workers = Array.from({ length: Number(process.argv[2]) }, () => new Worker(new URL(import.meta.url)));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('online', resolve))));
  console.log(`rss ${process.memoryUsage.rss() / 1e6}`);
  process.exit();
} else {
  setInterval(() => undefined, 1e6);
}
