import type { TaskKind } from './engine.ts';
import type { Known } from './functions.ts';
import type { Future } from './future.ts';
import type { Member } from './member.ts';

/** One task, from its submission to its end. */
export interface Job {
  readonly kind: TaskKind;
  readonly fn: Known;
  readonly args: readonly unknown[];
  readonly future: Future<unknown>;
  /** performance.now() when it was submitted. */
  readonly submitted: number;
  /** It may have to be stopped, so it goes only to a worker that is free, and has its worker's word for when it began. */
  readonly exclusive: boolean;
  readonly timeout: number | undefined;
  readonly retries: number;
  /** Times that a worker was lost under it. */
  losses: number;
  /** Stops listening to its signal and clock. */
  release: (() => void) | undefined;
  state: 'queued' | 'given' | 'over';
  member: Member | undefined;
  /** Milliseconds it was expected to take when it was given. */
  expected: number;
  /** Workers that owe it. */
  holders: number;
  /** Memory was handed over with it, and is gone with its worker. */
  handedOver: boolean;
  section: Section | undefined;
}

/** What has come of an SPMD section. */
export interface Section {
  readonly members: readonly Member[];
  readonly results: unknown[];
  left: number;
  /** Workers that have begun, where the pool wants to know. */
  begun: number;
}
