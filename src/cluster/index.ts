/** Clusters: the job in which a program runs, scripts of jobs for five schedulers, profiles of sites. */
export { checkScript } from './check.ts';
export { ClusterError, type ClusterErrorCode } from './error.ts';
export { describeLimit, job, type ClusterJob } from './job.ts';
export {
  OPTION_KINDS,
  resolveJob,
  SCHEDULERS,
  type Job,
  type JobOptions,
  type MailEvent,
  type SchedulerName,
} from './job-options.ts';
export { profileFiles, profileOptions, type Profile } from './profile.ts';
export { findScheduler } from './scheduler.ts';
export { writeScript } from './script/write.ts';
