import { Piscina } from 'piscina';
import { pool } from 'flotilla/pool';
import { writeFileSync } from 'node:fs';
writeFileSync('/tmp/pw.mjs', 'export default (x) => x;');
const pi = new Piscina({ filename: 'file:///tmp/pw.mjs', minThreads: 2, maxThreads: 2 });
const p = pool({ workers: 2 });
const f = (x) => x;
await p.submit(f, 1); await pi.run(1);
const cpu = () => { const u = process.cpuUsage(); return u.user + u.system; };
for (const [name, run] of [['ours', i => p.submit(f, i)], ['piscina', i => pi.run(i)], ['ours', i => p.submit(f, i)], ['piscina', i => pi.run(i)]]) {
  for (let r = 0; r < 2; r++) {
  const N = 20000;
  let t = performance.now(), c = cpu();
  await Promise.all(Array.from({ length: N }, (_, i) => run(i)));
  const burst = Math.round(N / (performance.now() - t) * 1000), cb = (cpu() - c) / N;
  let left = 10000; t = performance.now(); c = cpu();
  const lane = async () => { while (left-- > 0) await run(left); };
  await Promise.all([lane(), lane(), lane(), lane()]);
  const four = Math.round(10000 / (performance.now() - t) * 1000), cf = (cpu() - c) / 10000;
  t = performance.now(); c = cpu();
  for (let i = 0; i < 5000; i++) await run(i);
  console.log(name, 'burst', burst, cb.toFixed(1), 'four', four, cf.toFixed(1), 'one us', (((performance.now() - t) * 1000) / 5000).toFixed(1), ((cpu() - c) / 5000).toFixed(1));
  }
}
await p.close(); await pi.destroy();
