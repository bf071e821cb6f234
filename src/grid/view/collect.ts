import type { CartCommunicator } from '../../comm/index.ts';
import { scaleOf, shareOf, COLOR_NAMES, type ColorChoice } from '../out/colors.ts';
import { HEAD, LAST_SHADE, NO_NUMBER, PER_FIELD, type FrameLayout } from './frame.ts';
import { lengthOfPatch, packPatch, patchOf, RANGE, type Patch, type Picture } from './picture.ts';

/** Brings the points of pictures to rank 0, in one message a rank. */
export class Collector {
  readonly #pictures: readonly Picture[];
  readonly #comm: CartCommunicator;
  readonly #own: Float64Array;
  /** On the root: patches of each rank, and their values one after the other. */
  readonly #patches: readonly (readonly Patch[])[];
  readonly #all: { readonly data: Float64Array; readonly counts: number[] } | undefined;

  constructor(comm: CartCommunicator, pictures: readonly Picture[]) {
    this.#comm = comm;
    this.#pictures = pictures;
    const patchesOf = (rank: number) => pictures.map((picture) => patchOf(picture, rank));
    const count = (patches: readonly Patch[]) =>
      patches.reduce((total, patch) => total + lengthOfPatch(patch), 0);
    this.#own = new Float64Array(count(patchesOf(comm.rank)));
    const ranks = comm.rank === 0 ? comm.size : 0;
    this.#patches = Array.from({ length: ranks }, (_, rank) => patchesOf(rank));
    const counts = this.#patches.map(count);
    const total = counts.reduce((a, b) => a + b, 0);
    this.#all = comm.rank === 0 ? { data: new Float64Array(total), counts } : undefined;
  }

  /** Collective: values of all pictures as they are now, on the root. */
  gather(): void {
    const rank = this.#comm.rank;
    let at = 0;
    for (const picture of this.#pictures) at = packPatch(picture, patchOf(picture, rank), this.#own, at);
    this.#comm.Gatherv(this.#own, this.#all ?? null, 0);
  }

  /** On the root: writes the pixels of the values that `gather` has brought, and the ranges, into a frame. */
  paint(frame: SharedArrayBuffer, { pixels }: FrameLayout, choices: readonly ColorChoice[]): void {
    const { data } = this.#all!;
    const head = new Float64Array(frame, 0, HEAD + PER_FIELD * this.#pictures.length);
    const starts = this.#starts();
    this.#pictures.forEach(({ nx, ny }, f) => {
      let [least, most] = [Infinity, -Infinity];
      for (const start of starts)
        [least, most] = [Math.min(least, data[start[f]!]!), Math.max(most, data[start[f]! + 1]!)];
      const { name, from, to } = scaleOf(least, most, choices[f]!);
      head.set([least, most, from, to, COLOR_NAMES.indexOf(name)], HEAD + PER_FIELD * f);
      const shades = new Uint16Array(frame, pixels[f], nx * ny);
      starts.forEach((start, rank) => {
        const patch = this.#patches[rank]![f]!;
        let next = start[f]! + RANGE;
        for (let j = 0; j < patch.ny; j++) {
          let pixel = (ny - 1 - patch.y - j) * nx + patch.x;
          for (let i = 0; i < patch.nx; i++) {
            const value = data[next++]!;
            shades[pixel++] = Number.isNaN(value)
              ? NO_NUMBER
              : Math.round(shareOf(value, from, to) * LAST_SHADE);
          }
        }
      });
    });
  }

  /** Where the values of each rank and field begin. */
  #starts(): number[][] {
    let at = 0;
    return this.#patches.map((patches) =>
      patches.map((patch) => {
        const start = at;
        at += lengthOfPatch(patch);
        return start;
      }),
    );
  }
}
