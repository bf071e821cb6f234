import type { Failure } from './error.ts';
import type { Task } from './model.ts';

/** Tags of the messages between the engine, the leaders of teams, and everyone at the end. */
export const TO_LEADER = 1;
export const TO_ENGINE = 2;
export const AT_END = 3;

/** From the engine to a leader. */
export type Order =
  | { readonly do: 'evaluate'; readonly task: Task; readonly ticket: number }
  /** Give it back if it has not begun. */
  | { readonly do: 'return'; readonly ticket: number }
  /** Its result is not wanted any more. */
  | { readonly do: 'cancel'; readonly ticket: number }
  | { readonly do: 'end' };

/** From a leader to the engine. */
export interface Report {
  readonly ticket: number;
  /** It was given back, and not evaluated. */
  readonly returned?: true;
  readonly value?: unknown;
  readonly error?: Failure;
  readonly began: number;
  readonly ended: number;
}

/** From the engine to every rank, when all is over. */
export type Verdict = { readonly value: unknown } | { readonly failure: Failure };

/** From a leader to its team; null: the end. */
export type Share = Task | null;
