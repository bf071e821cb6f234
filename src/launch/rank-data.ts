import type { RankData } from '../world.ts';

/** What the launcher tells the thread of a rank. */
export interface WorkerData {
  readonly flotilla: RankData;
  /** File URL of what to run. */
  readonly run: string;
  readonly settings: RankSettings;
  /** For messages: 'rank 3'. */
  readonly name: string;
  /** A word by which the threads of the job write in turn. */
  readonly gate: Int32Array;
}

/** What every rank is told, thread or process. */
export interface RankSettings {
  /** The script as the user knows it, for process.argv. */
  readonly script: string;
  readonly args: readonly string[];
  /** Prefix each line with the rank. */
  readonly label: boolean;
}
