/** Linear algebra: Matrix Market files, read and written by all ranks. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { world } from 'flotilla';
import {
  eigh,
  expectation,
  hamHeis,
  readMatrixMarket,
  svds,
  vectorOf,
  writeMatrixMarket,
  type Operator,
} from 'flotilla/linalg';
import { checkWorld, refuses, run } from '../harness/cases.ts';

const comm = world();
const folder = comm.bcast(comm.rank === 0 ? mkdtempSync(join(tmpdir(), 'flotilla-market-')) : '');
const path = (name: string) => join(folder, name);
/** Writes a file that all ranks then see. */
let files = 0;
function put(of: string, text: string): string {
  const name = `${files++}-${of}`;
  if (comm.rank === 0) writeFileSync(path(name), name.endsWith('.gz') ? gzipSync(text) : text);
  comm.barrier();
  return path(name);
}
/** All entries, (re, im) where complex. */
function whole(operator: Operator): number[][] {
  const [rows, columns] = operator.shape;
  const w = operator.scalar === 'complex' ? 2 : 1;
  const out = Array.from({ length: rows }, () => new Array<number>(columns * w).fill(0));
  const { rowPtr, columns: places, values } = operator.rows({ start: 0, end: rows });
  for (let row = 0; row < rows; row++)
    for (let e = rowPtr[row]!; e < rowPtr[row + 1]!; e++)
      for (let c = 0; c < w; c++) out[row]![places[e]! * w + c]! += values[e * w + c]!;
  return out;
}
/** The same by products: ⟨x, A x⟩ of a vector with many primes in it, so that each rank reads a share. */
function mustFit(operator: Operator): void {
  const matrix = whole(operator);
  const n = matrix.length;
  const w = operator.scalar === 'complex' ? 2 : 1;
  const x = (i: number) => Math.sqrt(3 * i + 2);
  let [re, im] = [0, 0];
  matrix.forEach((row, i) => {
    for (let j = 0; j < n; j++) {
      re += x(i) * row[j * w]! * x(j);
      if (w === 2) im += x(i) * row[2 * j + 1]! * x(j);
    }
  });
  const state = vectorOf(operator, x);
  if (Math.abs(im) > 1e-12) refuses('ERR_HERMITIAN', () => expectation(operator, state));
  else assert.ok(Math.abs(expectation(operator, state) - re) <= 1e-12 * (1 + Math.abs(re)));
}
const banner = (kind: string) => `%%MatrixMarket matrix ${kind}\n`;

checkWorld('all forms of files', () => {
  const forms: [kind: string, text: string, expected: number[][]][] = [
    [
      'coordinate real general',
      '% a comment\n\n2 2 4\n1 1 1.5\n\n2 1 -2e0\n% another\n1 2 3\n1 1 0.5\n',
      [
        [2, 3],
        [-2, 0],
      ],
    ],
    [
      'coordinate integer symmetric',
      '3 3 4\n1 1 1\n2 1 5\n3 2 7\n3 3 -2',
      [
        [1, 5, 0],
        [5, 0, 7],
        [0, 7, -2],
      ],
    ],
    [
      'coordinate pattern symmetric',
      '3 3 2\n2 1\n3 1\n',
      [
        [0, 1, 1],
        [1, 0, 0],
        [1, 0, 0],
      ],
    ],
    [
      'coordinate real skew-symmetric',
      '2 2 1\r\n2 1 4\r\n',
      [
        [0, -4],
        [4, 0],
      ],
    ],
    [
      'coordinate complex hermitian',
      '2 2 2\n1 1 2 0\n2 1 1 3\n',
      [
        [2, 0, 1, -3],
        [1, 3, 0, 0],
      ],
    ],
    [
      'coordinate complex symmetric',
      '2 2 1\n2 1 0 3\n',
      [
        [0, 0, 0, 3],
        [0, 3, 0, 0],
      ],
    ],
    [
      'array real general',
      '2 3\n1\n2\n3\n0\n5\n6\n',
      [
        [1, 3, 5],
        [2, 0, 6],
      ],
    ],
    [
      'array real symmetric',
      '3 3\n1\n2\n3\n4\n5\n6\n',
      [
        [1, 2, 3],
        [2, 4, 5],
        [3, 5, 6],
      ],
    ],
    [
      'array integer skew-symmetric',
      '3 3\n1\n2\n3\n',
      [
        [0, -1, -2],
        [1, 0, -3],
        [2, 3, 0],
      ],
    ],
    [
      'array complex hermitian',
      '2 2\n1 0\n2 1\n3 0\n',
      [
        [1, 0, 2, -1],
        [2, 1, 3, 0],
      ],
    ],
  ];
  forms.forEach(([kind, text, expected], i) => {
    for (const suffix of ['', '.gz']) {
      const operator = readMatrixMarket(put(`form${i}.mtx${suffix}`, banner(kind) + text));
      // −0 comes of skew zeros.
      assert.deepEqual(
        whole(operator).map((row) => row.map((value) => value + 0)),
        expected,
        kind,
      );
      if (operator.shape[0] === operator.shape[1]) mustFit(operator);
      else
        assert.ok(
          Math.abs(svds(operator, { k: 2 }).values[0]! ** 2 - (37.5 + Math.hypot(2.5, 32))) < 1e-12 * 70,
        );
    }
  });
});

checkWorld('what is written is read again, as it was', () => {
  for (const name of ['chain.mtx', 'chain.mtx.gz']) {
    const H = hamHeis(6);
    writeMatrixMarket(path(name), H, { comment: 'six spins\nin a chain' });
    comm.barrier();
    const bytes = readFileSync(path(name));
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    assert.match(
      text,
      /^%%MatrixMarket matrix coordinate real general\n% six spins\n% in a chain\n64 64 \d+\n1 1 1.25\n/,
    );
    const again = readMatrixMarket(path(name));
    assert.deepEqual(whole(again), whole(H));
    const { values, vectors } = eigh(again, { k: 2 });
    assert.ok(Math.abs(values[0]! - eigh(H, { k: 1 }).values[0]!) < 1e-12);
    const vectorPath = path(`vectors-${name}`);
    writeMatrixMarket(vectorPath, vectors);
    comm.barrier();
    const columns = whole(readMatrixMarket(vectorPath));
    const all = vectors.map((vector) => vector.allgather());
    assert.deepEqual(
      columns,
      Array.from({ length: 64 }, (_, i) => [all[0]![i]! + 0, all[1]![i]! + 0]),
    );
  }
});

checkWorld('files that are not what they should be', () => {
  const bad: [text: string, line: RegExp][] = [
    ['%%MatrixMarket vector coordinate real general\n1 1 0\n', /line 1: .*no banner/],
    [banner('coordinate real lower') + '1 1 0\n', /line 1: 'lower' is none of/],
    [banner('coordinate real general') + '2 two 1\n', /line 2: '2 two 1' is no size/],
    [banner('coordinate real symmetric') + '2 3 1\n', /line 2: a symmetric matrix of 2 × 3/],
    [banner('coordinate real general'), /ends before its size/],
  ];
  for (const [text, line] of bad) refuses('ERR_FORMAT', () => readMatrixMarket(put('bad.mtx', text)), line);
  const lines = Array.from({ length: 50 }, (_, i) => `${i + 1} ${i + 1} 1`);
  const entries: [change: (line: string, i: number) => string, RegExp][] = [
    [(line, i) => (i === 40 ? '41 51 1' : line), /line 43: \(41, 51\) is no place in 50 × 50/],
    [(line, i) => (i === 30 ? '31 31' : line), /line 33: .*has 2 numbers, not 3/],
    [(line, i) => (i === 20 ? '21 21 x' : line), /line 23: 'x' is no number/],
    [(line, i) => (i === 3 ? '% gone' : line), /line 2: the size says 50 entries, and 49 are there/],
  ];
  for (const [change, line] of entries) {
    const text = `${banner('coordinate real general')}50 50 50\n${lines.map(change).join('\n')}\n`;
    const operator = readMatrixMarket(put('bad.mtx', text));
    refuses('ERR_FORMAT', () => eigh(operator, { k: 1 }), line);
    refuses('ERR_FORMAT', () => operator.rows({ start: 0, end: 50 }), line);
  }
  const above = `${banner('coordinate real symmetric')}2 2 1\n1 2 1\n`;
  refuses(
    'ERR_FORMAT',
    () => eigh(readMatrixMarket(put('bad.mtx', above)), { k: 1 }),
    /line 3: .*above the diagonal/,
  );
});

await run();
comm.barrier();
if (comm.rank === 0) rmSync(folder, { recursive: true });
