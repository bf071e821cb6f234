/**
 * An image filter made of kernels alone: blurs a picture of rings and noise by a Gaussian of 5 × 5 points, finds edges by Sobel's operator, and writes
 * original, blurred and edges side by side.
 *
 *     flotilla run -n 1 examples/kernels/image-filter.ts --out filter.png
 */
import { compile, kernel, kindsOf, type Scalar } from 'flotilla/kernel';
import { images, option, savePng } from './picture.ts';

const paint = kernel(({ x, y }, { image }: { image: Scalar }) => {
  const r = Math.sqrt(x() ** 2 + y() ** 2);
  const noise = Math.sin(x() * 127.1 + y() * 311.7) * 43758.5453;
  image.here = 0.5 + 0.35 * Math.cos(28 * r * r) + 0.3 * (noise - Math.floor(noise) - 0.5);
});

const blur = kernel((_, { out, image }: { out: Scalar; image: Scalar }) => {
  // Binomial weights 1 4 6 4 1.
  const weight = (i: number) => (i === 0 ? 6 : i === 1 || i === -1 ? 4 : 1);
  let sum = 0;
  for (let j = -2; j <= 2; j++) for (let i = -2; i <= 2; i++) sum += weight(i) * weight(j) * image.at(i, j);
  out.here = sum / 256;
});

const edges = kernel((_, { out, image }: { out: Scalar; image: Scalar }) => {
  const gx =
    image.at(1, -1) +
    2 * image.at(1, 0) +
    image.at(1, 1) -
    image.at(-1, -1) -
    2 * image.at(-1, 0) -
    image.at(-1, 1);
  const gy =
    image.at(-1, 1) +
    2 * image.at(0, 1) +
    image.at(1, 1) -
    image.at(-1, -1) -
    2 * image.at(0, -1) -
    image.at(1, -1);
  out.here = Math.min(1, 0.5 * Math.sqrt(gx * gx + gy * gy));
});

const n = 160;
const halo = 3;
const [image, smooth, outline] = images(3, [n, n], halo);
const axis = { origin: -1, spacing: 2 / n, first: 0 };
compile(paint, kindsOf({ image }))
  .bind({ image }, [axis, axis])
  .run({ lo: [-3, -3], hi: [n + 3, n + 3] });
compile(blur, kindsOf({ out: smooth, image }))
  .bind({ out: smooth, image })
  .run({ lo: [-1, -1], hi: [n + 1, n + 1] });
compile(edges, kindsOf({ out: outline, image: smooth }))
  .bind({ out: outline, image: smooth })
  .run({ lo: [0, 0], hi: [n, n] });

savePng(option('out', 'image-filter.png'), [image, smooth, outline], [n, n], (value) => {
  const gray = Math.round(255 * Math.min(1, Math.max(0, value)));
  return [gray, gray, gray];
});
console.log(`wrote ${option('out', 'image-filter.png')}`);
