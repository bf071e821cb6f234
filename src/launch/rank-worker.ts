/** What the worker thread of a rank runs: joins the job, then the user's script. */
import { workerData } from 'node:worker_threads';
import { redirectOutput } from './output.ts';
import type { WorkerData } from './rank-data.ts';

const { flotilla, run, settings } = workerData as WorkerData;
process.setSourceMapsEnabled(true);
redirectOutput(flotilla.rank, settings.label);
process.argv = [process.execPath, settings.script, ...settings.args];
await import('../world.ts');
await import(run);
