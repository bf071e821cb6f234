/** Our side of the futures rows of bench/pool.ts. */
import { pool } from 'flotilla/pool';

await using executor = pool();
const nothing = (value: number) => (value < 0 ? value : undefined);
const same = (value: Uint8Array) => value;

async function best(count: number, round: () => Promise<unknown>): Promise<number> {
  let seconds = Infinity;
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    await round();
    seconds = Math.min(seconds, (performance.now() - began) / 1000);
  }
  return (1e6 * seconds) / count;
}

const COUNT = 5000;
let last: number | undefined;
const mapped = async () => {
  for await (const each of executor.map(
    nothing,
    Array.from({ length: COUNT }, (_, i) => i),
  ))
    last = each;
};
await mapped();
console.log(`map ${await best(COUNT, mapped)}`);
console.log(
  `burst ${await best(COUNT, () => Promise.all(Array.from({ length: COUNT }, (_, i) => executor.submit(nothing, i))))}`,
);
const one = async () => {
  for (let i = 0; i < 500; i++) await executor.submit(nothing, i);
};
console.log(`one ${await best(500, one)}`);
for (const bytes of [1, 1024, 1024 * 1024]) {
  const array = new Uint8Array(bytes);
  const calls = bytes > 100_000 ? 100 : 500;
  const echo = async () => {
    for (let i = 0; i < calls; i++) await executor.submit(same, array);
  };
  console.log(`echo-${bytes} ${await best(calls, echo)}`);
}
if (last !== undefined) console.log(last);
