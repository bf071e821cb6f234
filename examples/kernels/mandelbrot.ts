/**
 * The Mandelbrot set as a kernel: 64 iterations unrolled, run 4 times over, each point with a smooth count of how long it stays.
 *
 *     flotilla run -n 1 examples/kernels/mandelbrot.ts --out mandelbrot.png
 */
import { compile, kernel, kindsOf, type Scalar } from 'flotilla/kernel';
import { images, option, savePng } from './picture.ts';

const iterate = kernel(({ x, y }, { re, im, count }: { re: Scalar; im: Scalar; count: Scalar }) => {
  let a = re.here;
  let b = im.here;
  let n = count.here;
  for (let turn = 0; turn < 64; turn++) {
    const inside = a * a + b * b <= 4;
    const next = a * a - b * b + x();
    b = inside ? 2 * a * b + y() : b;
    a = inside ? next : a;
    n += inside ? 1 : 0;
  }
  re.here = a;
  im.here = b;
  count.here = n;
});

const shape = [240, 180] as const;
const [re, im, count] = images(3, shape, 0);
const axes = [
  { origin: -2.2, spacing: 3.2 / shape[0], first: 0 },
  { origin: -1.2, spacing: 2.4 / shape[1], first: 0 },
];
const step = compile(iterate, kindsOf({ re, im, count })).bind({ re, im, count }, axes);
const rounds = 4;
for (let round = 0; round < rounds; round++) step.run({ lo: [0, 0], hi: shape });

let inside = 0;
savePng(option('out', 'mandelbrot.png'), [count], shape, (value) => {
  if (value === 64 * rounds) inside++;
  const t = value === 64 * rounds ? 0 : 0.3 + 0.35 * Math.log(value);
  const channel = (phase: number) => Math.round(255 * Math.min(1, t) * (0.5 + 0.5 * Math.sin(3 * t + phase)));
  return [channel(0), channel(1), channel(2)];
});
// Its area is about 1.5066.
const area = (inside * 3.2 * 2.4) / (shape[0] * shape[1]);
console.log(`the set's area is about ${area.toFixed(2)}`);
