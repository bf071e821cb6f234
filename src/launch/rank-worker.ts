/** What the worker thread of a rank runs when its script is JavaScript; otherwise prepare.ts makes one file of this and the script. */
import { workerData } from 'node:worker_threads';
import './rank-start.ts';
import type { WorkerData } from './rank-data.ts';

await import((workerData as WorkerData).run);
