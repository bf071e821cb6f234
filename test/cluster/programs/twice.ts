/** Is finished at the second attempt. */
import { job } from 'flotilla/cluster';

console.log(`attempt ${job.attempt}`);
if (job.attempt === 0) job.again();
