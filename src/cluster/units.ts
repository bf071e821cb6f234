import { ClusterError } from './error.ts';

/** Seconds of a day, an hour, a minute, a second. */
const UNITS = [86_400, 3600, 60, 1];
const BYTES: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/**
 * Seconds of a duration: `90s`, `30m`, `1h30m`, `2d`, `00:30:00`, `2-12:00:00`.
 *
 * @param text - what the user wrote
 * @param option - the option that it was written for, as it stands in messages
 * @throws {ClusterError} ERR_OPTION for anything else, and for nothing at all
 */
export function seconds(text: string, option = 'walltime'): number {
  const clock = /^(?:(\d+)-)?(\d+):(\d{2}):(\d{2})$/.exec(text);
  const words = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  const parts: readonly (string | undefined)[] = (clock ?? words ?? []).slice(1);
  const found = parts.reduce((sum, part, i) => sum + Number(part ?? 0) * UNITS[i]!, 0);
  if (found > 0) return found;
  throw new ClusterError(
    'ERR_OPTION',
    `${option} must be a time such as 30m, 1h30m or 00:30:00, not '${text}'`,
  );
}

/** `00:30:00`; hours may pass 24. Every scheduler but LSF takes it. */
export function clock(time: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${two(time / 3600)}:${two((time / 60) % 60)}:${two(time % 60)}`;
}

/** An amount of memory as the user gave it: a whole number of a unit, K, M, G or T, of 1024 each. */
export interface Memory {
  readonly amount: number;
  readonly unit: string;
  readonly bytes: number;
}

/**
 * @param text - `64G`, `500M`
 * @throws {ClusterError} ERR_OPTION for anything else
 */
export function memory(text: string): Memory {
  const [, digits, unit] = /^(\d+)([KMGT])(?:i?[Bb])?$/i.exec(text) ?? [];
  const amount = Number(digits);
  const letter = unit?.toUpperCase() ?? '';
  if (amount > 0) return { amount, unit: letter, bytes: amount * BYTES[letter]! };
  throw new ClusterError('ERR_OPTION', `mem must be an amount such as 64G or 500M, not '${text}'`);
}
