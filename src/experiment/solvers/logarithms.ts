/** ln(eᵃ + eᵇ). */
export function logAdd(a: number, b: number): number {
  const [more, less] = a > b ? [a, b] : [b, a];
  return less === -Infinity ? more : more + Math.log1p(Math.exp(less - more));
}

/** The largest of any number of values: `Math.max(...values)` is for as many as the stack holds. */
export function largest(values: Iterable<number>): number {
  let most = -Infinity;
  for (const value of values) if (value > most) most = value;
  return most;
}

/** The smallest of any number of values. */
export function smallest(values: Iterable<number>): number {
  let least = Infinity;
  for (const value of values) if (value < least) least = value;
  return least;
}

/** ln Σ exp. */
export function logSum(logs: Iterable<number>): number {
  const list = [...logs];
  const most = largest(list);
  if (most === -Infinity) return most;
  let sum = 0;
  for (const log of list) sum += Math.exp(log - most);
  return most + Math.log(sum);
}
