import type { TaskKind } from '../engine.ts';
import type { Thrown } from '../../internal/index.ts';
import type { Known } from '../functions.ts';
import type { Future } from '../future.ts';
import type { LocalTask } from '../local.ts';

/** What ranks in synchro mode tell each other: the sequence comes first. */
export type Told =
  /** What has come of a task, from the rank that ran it. */
  | readonly [sequence: number, index: number, name: string, failed: false, value: unknown]
  | readonly [sequence: number, index: number, name: string, failed: true, thrown: Thrown]
  /** A rank has ended or left a map after so many results. */
  | readonly [sequence: number, taken: number]
  /** To itself: look again whether anything is to be waited for. */
  | readonly [];

export type Outcome = Exclude<Told, readonly [number, number] | readonly []>;

type Early = readonly [outcome: Outcome, source: number];

/** A task as every rank knows it. */
export interface Entry {
  readonly sequence: Sequence;
  readonly index: number;
  readonly kind: TaskKind;
  readonly known: Known;
  readonly fn: LocalTask;
  readonly args: readonly unknown[];
  readonly timeout: number | undefined;
  readonly submitted: number;
  readonly future: Future<unknown>;
  /** Outcomes still to come, from these ranks. */
  readonly from: Set<number>;
  readonly results: unknown[];
  /** This rank is at it. */
  running: boolean;
}

/**
 * Tasks that are numbered together: those that a script submits itself, or those of one map. A map may
 * submit in the midst of others, when its items come, and has submitted more or fewer of them on each
 * rank when it is left: numbers of its own keep the ranks in step all the same.
 */
export class Sequence {
  readonly entries: Map<number, Entry> = new Map<number, Entry>();
  /** Outcomes of tasks that this rank has yet to submit. */
  readonly early: Map<number, Early[]> = new Map<number, Early[]>();
  /** Results after which other ranks have left. */
  readonly leavers: Map<number, number> = new Map<number, number>();
  next = 0;
  /** This rank has. */
  left = false;

  constructor(readonly id: number) {}

  /** Tasks go round the ranks; short maps do not all begin with the same one. */
  ownerOf(index: number, ranks: number): number {
    return (Math.max(0, this.id - 1) + index) % ranks;
  }
}
