import type { ThrownError } from '../internal/index.ts';
import type { Task } from './model.ts';

/** Tags of the messages between the engine, the leaders of teams, and everyone at the end. */
export const TO_LEADER = 1;
export const TO_ENGINE = 2;
export const AT_END = 3;
/** From a leader to its team: samples that are not wanted any more. */
export const TO_TEAM = 4;

export interface Assigned {
  readonly task: Task;
  /** Names this evaluation of it. */
  readonly ticket: number;
}

/** From the engine to a leader. */
export type Order =
  /** `many`: they are short, and so are those that follow; reports need not come one by one. */
  | { readonly do: 'evaluate'; readonly tasks: readonly Assigned[]; readonly many: boolean }
  /** Give it back if it has not begun. */
  | { readonly do: 'return'; readonly ticket: number }
  /** Its result is not wanted any more. */
  | { readonly do: 'cancel'; readonly ticket: number }
  | { readonly do: 'end' };

/** From a leader to the engine, in lists; null instead is its last word. */
export interface Report {
  readonly ticket: number;
  /** It was given back, and not evaluated. */
  readonly returned?: true;
  readonly value?: unknown;
  readonly error?: ThrownError;
  readonly began: number;
  readonly ended: number;
}

export type Reports = readonly Report[] | null;

/** From the engine to every rank, when all is over. */
export type Verdict = { readonly value: unknown } | { readonly failure: ThrownError };

/** From a leader to its team: what to evaluate next; null: the end. */
export type Share = readonly Task[] | null;
