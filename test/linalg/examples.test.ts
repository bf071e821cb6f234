/** The examples of linear algebra, in each way of starting them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { launch, type FabricName, type Outcome } from '../harness/launch.ts';
import { launchPool, LAYOUTS } from '../pool/modes.ts';

const said = ({ code, stdout, all }: Outcome): string => {
  assert.equal(code, 0, all);
  return stdout.trim();
};
const SOME: readonly (readonly [FabricName, number])[] = [
  ['solo', 1],
  ['threads', 3],
  ['openmpi', 2],
  ['mpich', 2],
];
/** A pool of each kind. */
const POOLS = LAYOUTS.filter(
  ({ name }) =>
    name === 'threads' || name.startsWith('spawn') || /3 ranks over (threads|openmpi|mpich)/.test(name),
);

for (const [fabric, n] of SOME) {
  it(`ground-state.ts, ${n} on ${fabric}`, async () => {
    const lines = said(await launch(fabric, n, 'examples/linalg/ground-state.ts')).split('\n');
    assert.equal(lines[0], 'energy -5.38739092');
    // By symmetry a third of the energy of a bond.
    assert.match(lines[1]!, /^1 {2}-0\.149650 +█+$/);
    assert.equal(lines.at(-1), 'all together nothing: the state is a singlet');
  });
  it(`graphs.ts, ${n} on ${fabric}`, async () => {
    const lines = said(await launch(fabric, n, 'examples/linalg/graphs.ts')).split('\n');
    assert.equal(lines[0], '305 airports: ATL 0.059716, ORD 0.044611, DFW 0.037678, DEN 0.032443');
    assert.match(lines[1]!, /^77 persons, second value 0\.205000;/);
  });
}

it('words.ts', async () => {
  const lines = said(await launch('threads', 2, 'examples/linalg/words.ts')).split('\n');
  assert.equal(lines[0], '82192 glosses, 19858 words, 860721 entries');
  assert.equal(lines[1], 'singular values 570.65885309 346.10462160 298.43906880 273.23079724');
  assert.match(lines[2]!, /^near river: (\w+, ){4}\w+$/);
});

describe('files.ts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-mtx-'));
  after(() => rmSync(folder, { recursive: true }));
  it('reads one file and writes another', async () => {
    const [from, to] = [join(folder, 'path.mtx'), join(folder, 'vectors.mtx')];
    const n = 40;
    const lines = Array.from(
      { length: n },
      (_, i) => `${i + 1} ${i + 1} 2\n${i > 0 ? `${i + 1} ${i} -1\n` : ''}`,
    );
    writeFileSync(
      from,
      `%%MatrixMarket matrix coordinate real symmetric\n${n} ${n} ${2 * n - 1}\n${lines.join('')}`,
    );
    const value = (j: number) => (2 - 2 * Math.cos((j * Math.PI) / (n + 1))).toFixed(8);
    const expected = `${n} × ${n}: ${value(1)} ${value(2)} ${value(3)}`;
    assert.equal(said(await launch('threads', 3, 'examples/linalg/files.ts', [from, to])), expected);
    const written = readFileSync(to, 'utf8').split('\n');
    assert.equal(written[0], '%%MatrixMarket matrix array real general');
    assert.equal(written[2], `${n} 3`);
    assert.equal(written.length, 3 + 3 * n + 1);
  });
});

/** Of the chain with fields 3 sin(7i² + 1), by an independent program. */
const INNER = ['-0.028470667', '-0.019818425', '-0.016521030', '-0.003266278', '0.015187634'];

describe('localization.ts', () => {
  let first: string | undefined;
  const mustBe = (text: string) => {
    const lines = text.split('\n');
    assert.deepEqual(
      lines.slice(0, 5).map((line) => line.trim().split(' ')[0]),
      INNER,
    );
    const [a, b, c, d] = [0.008652242679, 0.003297394365, 0.01325475252, 0.018453911434];
    const ratio = (b / a + b / c + c / d) / 3;
    assert.equal(
      lines[5],
      `mean ratio of neighbouring gaps ${ratio.toFixed(5)} (0.386 localized, 0.531 not)`,
    );
    first ??= text;
    assert.equal(text, first);
  };
  for (const layout of POOLS)
    it(layout.name, async () => mustBe(said(await launchPool(layout, 'examples/linalg/localization.ts'))));
  it('every rank', async () =>
    mustBe(said(await launch('threads', 3, 'examples/linalg/localization.ts', ['spmd']))));
});

describe('quench.ts', () => {
  for (const layout of POOLS) {
    it(layout.name, async () => {
      const lines = said(await launchPool(layout, 'examples/linalg/quench.ts')).split('\n');
      assert.ok(lines.some((line) => /builds rows 0 to \d+$/.test(line)));
      const moments = lines.filter((line) => line.startsWith('t = '));
      assert.equal(moments.length, 4);
      assert.equal(moments[3], 't = 5: 3.59090933 bits');
    });
  }
});
