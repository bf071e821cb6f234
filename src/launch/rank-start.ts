/** What a rank's worker thread does first: its output, its arguments, its world. */
import { workerData } from 'node:worker_threads';
import { redirectOutput } from './output.ts';
import type { WorkerData } from './rank-data.ts';
import { mapStacks } from './source-maps.ts';

const { flotilla, settings } = workerData as WorkerData;
mapStacks();
redirectOutput(flotilla.family?.children.indexOf(flotilla.rank) ?? flotilla.rank, settings.label);
process.argv = [process.execPath, settings.script, ...settings.args];
await import('../world.ts');
