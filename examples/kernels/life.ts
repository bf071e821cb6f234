/**
 * Conway's Game of Life as a kernel: an R-pentomino on a torus, 1103 generations, and a picture of how often each cell lived.
 *
 *     flotilla run -n 1 examples/kernels/life.ts --out life.png
 */
import { compile, kernel, kindsOf, type Scalar } from 'flotilla/kernel';
import { cell, images, option, savePng, wrap } from './picture.ts';

const life = kernel((_, { next, now, lived }: { next: Scalar; now: Scalar; lived: Scalar }) => {
  let neighbors = -now.here;
  for (let j = -1; j <= 1; j++) for (let i = -1; i <= 1; i++) neighbors += now.at(i, j);
  next.here = neighbors === 3 || (neighbors === 2 && now.here === 1) ? 1 : 0;
  lived.here += next.here;
});

const n = 192;
const [a, b, lived] = images(3, [n, n], 1);
for (const [i, j] of [
  [1, 0],
  [2, 0],
  [0, 1],
  [1, 1],
  [1, 2],
] as const)
  cell(a, n / 2 + i, n / 2 + j, 1);

const compiled = compile(life, kindsOf({ next: b, now: a, lived }));
const turns = [
  { from: a, step: compiled.bind({ next: b, now: a, lived }) },
  { from: b, step: compiled.bind({ next: a, now: b, lived }) },
];
const generations = Number(option('generations', '1103'));
for (let generation = 0; generation < generations; generation++) {
  const { from, step } = turns[generation % 2]!;
  wrap(from, [n, n]);
  step.run({ lo: [0, 0], hi: [n, n] });
}
const last = turns[generations % 2]!.from;
let alive = 0;
for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) alive += cell(last, i, j);

savePng(option('out', 'life.png'), [lived], [n, n], (value) => {
  const shade = Math.round(255 * Math.min(1, Math.log(1 + value) / 6));
  return [shade, Math.round(shade * 0.8), 255 - Math.round(shade * 0.6)];
});
console.log(`${alive} cells live after ${generations} generations`);
