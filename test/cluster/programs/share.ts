/** One of an array, or what comes after it: writes down when it began and ended. */
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { job } from 'flotilla/cluster';

const [times = ''] = process.argv.slice(2);
const { index, count } = job.array;
appendFileSync(times, `${index} of ${count} begins\n`);
await pause(300);
appendFileSync(times, `${index} of ${count} ends\n`);
