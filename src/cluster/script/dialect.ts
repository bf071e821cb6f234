import { ClusterError } from '../error.ts';
import type { Job } from '../job-options.ts';

/** How a scheduler wants to be told of a job. */
export interface Dialect {
  /** As messages name it. */
  readonly title: string;
  /** What a line of directives begins with. */
  readonly prefix: string;
  /** Directives of a job, in the order in which they stand. Throws ERR_OPTION for what this scheduler lacks. */
  directives(job: Job): string[];
  /** The scheduler starts the script elsewhere: it has to go where it was submitted. */
  readonly home: string | undefined;
  /** File that the script itself sends its output to, as shells write it; without one directives do it. */
  output?(job: Job): { readonly base: string; readonly glob: boolean };
  /** Jobs of an array are not told how many they are. */
  readonly silentArrays?: true;
  /** Options with two names, the short one and the long one. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** Each of the values, if there is one, as a directive. */
export function given<T>(value: T | undefined | false, line: (value: T) => string): string[] {
  return value === undefined || value === false ? [] : [line(value)];
}

/** Ranks of the job. */
export const ranks = ({ nodes, ranksPerNode }: Job): number => nodes * ranksPerNode;

/** Cores that a node gives to it. */
export const coresPerNode = ({ ranksPerNode, cpusPerRank }: Job): number => ranksPerNode * cpusPerRank;

/** Says that this scheduler does not have an option that was given. */
export function lacks(title: string, option: string, remedy: string): ClusterError {
  return new ClusterError('ERR_OPTION', `${title} has no ${option}: ${remedy}`);
}

/** Letters of PBS and Grid Engine for events of mail. */
export function mailLetters({ mail }: Job): string {
  return mail.map((event) => ({ begin: 'b', end: 'e', fail: 'a' })[event]).join('');
}
