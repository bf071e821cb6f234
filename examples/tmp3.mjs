import { Piscina } from 'piscina';
import { Tinypool } from 'tinypool';
import { pool } from 'flotilla/pool';
import { writeFileSync } from 'node:fs';
writeFileSync('/tmp/pw.mjs', 'export default (x) => x;');
const pi = new Piscina({ filename: 'file:///tmp/pw.mjs', minThreads: 2, maxThreads: 2 });
const p = pool({ workers: 2 });
const f = (x) => x;
await p.submit(f, 1); await pi.run(1);
for (const [name, run] of [['ours', i => p.submit(f, i)], ['piscina', i => pi.run(i)], ['ours', i => p.submit(f, i)], ['piscina', i => pi.run(i)]]) {
  for (let r = 0; r < 2; r++) {
  const N = 20000;
  let t = performance.now();
  await Promise.all(Array.from({ length: N }, (_, i) => run(i)));
  const burst = Math.round(N / (performance.now() - t) * 1000);
  let left = 10000; t = performance.now();
  const lane = async () => { while (left-- > 0) await run(left); };
  await Promise.all([lane(), lane(), lane(), lane()]);
  const four = Math.round(10000 / (performance.now() - t) * 1000);
  t = performance.now();
  for (let i = 0; i < 5000; i++) await run(i);
  console.log(name, 'burst', burst, 'four', four, 'one us', ((performance.now() - t) * 1000) / 5000);
  }
}
await p.close(); await pi.destroy();
