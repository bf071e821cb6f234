/** Clusters: scripts of jobs for five schedulers, and profiles of sites. */
export { checkScript } from './check.ts';
export { ClusterError, type ClusterErrorCode } from './error.ts';
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
