// What the command line needs, without joining a job: scripts for five schedulers, and profiles of sites.
export { checkScript } from './check.ts';
export { ClusterError } from './error.ts';
export { describeLimit, EXIT_AGAIN } from './job.ts';
export { OPTION_KINDS, resolveJob, SCHEDULERS, type JobOptions, type MailEvent } from './job-options.ts';
export { profileOptions } from './profile.ts';
export { requeue } from './requeue.ts';
export { findScheduler } from './scheduler.ts';
export { writeScript } from './script/write.ts';
