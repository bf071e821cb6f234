/** `flotilla kernel show` and the examples that use kernels alone. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kernels-'));
after(() => rmSync(folder, { recursive: true }));
const flotilla = (...args: string[]) =>
  execFileSync(process.execPath, [join(ROOT, 'dist/launch/cli.js'), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });

it('flotilla kernel show prints reads, writes, flops, bytes and the text in each language', () => {
  const file = join(folder, 'diffusion.ts');
  writeFileSync(
    file,
    `import { kernel } from 'flotilla/kernel';
export const flux = kernel(({ dx, dy }: any, { q, C, chi }: any) => { q.x.here = -chi * dx(C); q.y.here = -chi * dy(C); });
export const bad = kernel(({ dx, dy }: any, { q, C }: any) => { q.x.here = dx(C) + dy(C); });
`,
  );
  const wat = flotilla('kernel', 'show', file);
  assert.match(
    wat,
    /^bad: refused: bad: combines values at \(vc\) and \(cv\): dx\(C\) \+ dy\(C\) \(ERR_PLACE\)\n\nflux\n {2}reads C from \(-1, -1\) to \(0, 0\)\n {2}writes q\.x, q\.y\n/,
  );
  assert.match(wat, /reads no diagonal neighbors; 6 flops and 24 bytes a point\n\n\(module\n/);
  assert.match(wat, /f64x2\.mul/);
  assert.match(flotilla('kernel', 'show', '--language', 'c', file), /const double \*restrict f_C = /);
  assert.match(flotilla('kernel', 'show', '--language', 'wgsl', file), /@compute @workgroup_size\(64\)/);
});

/** Cells that live on a torus after some generations of the R-pentomino, by sets of places. */
function lifeOfRPentomino(n: number, generations: number): number {
  const key = (i: number, j: number) => ((j + n) % n) * n + ((i + n) % n);
  let alive = new Set(
    [
      [1, 0],
      [2, 0],
      [0, 1],
      [1, 1],
      [1, 2],
    ].map(([i, j]) => key(n / 2 + i!, n / 2 + j!)),
  );
  for (let generation = 0; generation < generations; generation++) {
    const neighbors = new Map<number, number>();
    for (const cell of alive) {
      for (let dj = -1; dj <= 1; dj++)
        for (let di = -1; di <= 1; di++) {
          if (di === 0 && dj === 0) continue;
          const other = key((cell % n) + di, Math.floor(cell / n) + dj);
          neighbors.set(other, (neighbors.get(other) ?? 0) + 1);
        }
    }
    const next = [...neighbors].filter(([cell, count]) => count === 3 || (count === 2 && alive.has(cell)));
    alive = new Set(next.map(([cell]) => cell));
  }
  return alive.size;
}

describe('examples', () => {
  const EXAMPLES: Record<string, RegExp> = {
    life: new RegExp(`^${lifeOfRPentomino(192, 1103)} cells live after 1103 generations$`),
    // 1.5066 by counts of very many pixels (sequence A098403 of OEIS); this picture is coarse.
    mandelbrot: /^the set's area is about 1\.5[0-3]$/,
    'image-filter': /^wrote .*image-filter\.png$/,
  };
  for (const [name, expected] of Object.entries(EXAMPLES))
    it(name, () => {
      const out = join(folder, `${name}.png`);
      assert.match(flotilla('run', '-n', '1', `examples/kernels/${name}.ts`, '--out', out).trim(), expected);
      const [made, kept] = [out, join(ROOT, 'docs/pictures', `${name}.png`)].map((path) =>
        decode(readFileSync(path)),
      );
      assert.deepEqual(made!.data, kept!.data);
    });
});
