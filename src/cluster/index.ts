/**
 * Clusters: the job in which a program runs, and a ledger of what it has finished.
 *
 * @module
 */
export { ClusterError, type ClusterErrorCode } from './error.ts';
export { job, type ClusterJob } from './job.ts';
export { ledger, type Ledger } from './ledger.ts';
