import type { PoolMode } from './executor.ts';
import type { Member } from './member.ts';

/** The workers of a pool, whoever they are. */
export interface Crew {
  readonly mode: PoolMode;
  /** At most so many workers. */
  readonly size: number;
  /** Starts workers, as far as it can and at most so many, that then join. */
  grow(wanted: number): void;
  /** Whether it can end one worker alone. */
  readonly stops: boolean;
  /** Ends a worker at once, which is then lost to the dispatcher, for a reason if that is told. */
  stop(member: Member, why?: string): void;
  /** Tasks are under way from now on, or none are: then nothing here keeps the program alive. */
  expect(answers: boolean): void;
  /** What the members are told to form a communicator; undefined if they know. */
  ranks(members: readonly Member[]): unknown;
  /** These are at something that was given up, or in an SPMD section that failed, where they may wait for one that never comes. */
  stuck(members: readonly Member[], what: string): void;
  /** Ends all workers; resolves when nothing of them is left. */
  end(force: boolean): Promise<void>;
}
