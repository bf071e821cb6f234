/** The longest Collatz sequence that starts below a limit: work that differs from item to item. */
export const starts: readonly number[] = Array.from({ length: 3000 }, (_, i) => i + 1);

export interface Answer {
  readonly start: number;
  readonly steps: number;
}

export function collatz(start: number): Answer {
  let steps = 0;
  for (let n = start; n !== 1; steps++) n = n % 2 === 0 ? n / 2 : 3 * n + 1;
  return { start, steps };
}

export const longer = (a: Answer, b: Answer): Answer =>
  b.steps > a.steps || (b.steps === a.steps && b.start < a.start) ? b : a;

export const none: Answer = { start: 0, steps: -1 };

export const show = ({ start, steps }: Answer): void =>
  console.log(`the longest sequence below 3001 starts at ${start} and takes ${steps} steps`);
