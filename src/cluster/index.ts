/**
 * Clusters: the job in which a program runs, a ledger of what it has finished, jobs that it submits.
 *
 * @module
 */
export { ClusterError, type ClusterErrorCode } from './error.ts';
export { job, type ClusterJob } from './job.ts';
export { ledger, type Ledger } from './ledger.ts';
export { submit, type SubmitOptions, type SubmittedJob } from './submit.ts';
export type { JobEnd, JobState } from './judge.ts';
export type { JobOptions } from './job-options.ts';
