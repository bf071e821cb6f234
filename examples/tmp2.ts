import { pool } from 'flotilla/pool';
const p = pool({ workers: 2 });
const f = (x: number) => x;
await p.submit(f, 7);
for (let i = 0; i < 3; i++) {
  const N = 20000;
  const t = performance.now();
  for (let i = 0; i < N; i++) await p.submit(f, i);
  console.log('one us', ((performance.now() - t) * 1000) / N);
}
for (let i = 0; i < 3; i++) {
  const N = 20000;
  const t = performance.now();
  await Promise.all(Array.from({ length: N }, (_, i) => p.submit(f, i)));
  console.log('burst/s', Math.round(N / (performance.now() - t) * 1000));
}
console.log('closing');
await p.close();
console.log('closed');
