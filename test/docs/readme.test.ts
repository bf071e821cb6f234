/** The first program of README, which is for two ranks or more, prints what it says and ends. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { launch, layouts, ROOT } from '../harness/launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'readme-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'node_modules'));
symlinkSync(ROOT, join(folder, 'node_modules/flotilla'));
const program = join(folder, 'readme.ts');
const [first] = /(?<=```ts\n).*?(?=```)/s.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))!;
writeFileSync(program, first);

for (const [fabric, n] of layouts([2, 3]).filter(([, ranks]) => ranks > 1)) {
  it(`${n} on ${fabric}`, async () => {
    const { code, stdout, all } = await launch(fabric, n, program);
    assert.equal(code, 0, all);
    const ranks = [...Array(n).keys()];
    const sums = ranks.map(() => String((n * (n - 1)) / 2));
    const hellos = ranks.map((rank) => `hello from ${rank}`);
    const sent = n > 1 ? ['{ learningRate: 0.1 }'] : [];
    assert.deepEqual(stdout.trim().split('\n').sort(), [...sums, ...hellos, ...sent].sort());
  });
}
