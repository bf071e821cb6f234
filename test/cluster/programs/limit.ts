/** Each rank knows how long its job lasts. */
import { job } from 'flotilla/cluster';

const left = job.timeLeft();
console.log(
  left > 3000 && left <= 3600 && !job.signal.aborted && job.deadline !== undefined ? 'ok' : `${left} s`,
);
