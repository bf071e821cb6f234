import { pool } from 'flotilla/pool';
const p = pool({ workers: 2 });
console.log(await p.submit((x: number) => x * x, 7));
const t0 = performance.now();
for (let i = 0; i < 3; i++) {
  const N = 20000;
  const t = performance.now();
  await Promise.all(Array.from({ length: N }, (_, i) => p.submit((x: number) => x, i)));
  console.log('burst/s', Math.round(N / (performance.now() - t) * 1000));
}
for (let i = 0; i < 3; i++) {
  const N = 5000;
  const t = performance.now();
  for (let i = 0; i < N; i++) await p.submit((x: number) => x, i);
  console.log('one us', ((performance.now() - t) * 1000) / N);
}
for (let i = 0; i < 3; i++) {
  let left = 20000; const N = left;
  const t = performance.now();
  const lane = async () => { while (left-- > 0) await p.submit((x: number) => x, left); };
  await Promise.all([lane(), lane(), lane(), lane()]);
  console.log('4 in flight/s', Math.round(N / (performance.now() - t) * 1000));
}
let s = 0;
for await (const v of p.map((x: number) => x + 1, Array.from({ length: 10000 }, (_, i) => i))) s += v;
console.log(s, p.stats().workers);
await p.close();
console.log('closed', performance.now() - t0);
