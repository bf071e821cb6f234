// What the command line needs, without joining a job: scripts for five schedulers, profiles of sites, jobs that were submitted.
export { checkScript } from './check.ts';
export { ClusterError } from './error.ts';
export { JobFolder } from './folder.ts';
export { judge, type JobState } from './judge.ts';
export { askLimit, describeLimit, EXIT_AGAIN, jobAround, type JobAround } from './job.ts';
export {
  OPTION_KINDS,
  resolveJob,
  SCHEDULERS,
  type JobOptions,
  type MailEvent,
  type SchedulerName,
} from './job-options.ts';
export { profileOptions } from './profile.ts';
export { cancelJobs, listJobs, submitScript } from './queue.ts';
export { requeue } from './requeue.ts';
export { findScheduler } from './scheduler.ts';
export { writeScript } from './script/write.ts';
export { withoutAllocation } from './strip.ts';
export { cancelJob, stopJob } from './submit.ts';
export { Tries, type Try } from './tries.ts';
export { Watch } from './watch.ts';
