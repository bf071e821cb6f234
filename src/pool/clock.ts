/** The longest delay of a timer in Node; it takes a longer one, and Infinity, for 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

/** Calls `body` after so many milliseconds, however many; with Infinity never. Returns what stops it. */
export function after(milliseconds: number, body: () => void): () => void {
  if (milliseconds === Infinity) return () => undefined;
  let left = milliseconds;
  let timer: NodeJS.Timeout;
  const wind = () => {
    const part = Math.min(left, LONGEST_MS);
    left -= part;
    timer = setTimeout(left > 0 ? wind : body, part);
  };
  wind();
  return () => clearTimeout(timer);
}
