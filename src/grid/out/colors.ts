/** Scales of colors: for values of one sign, for details of any, for values around 0. */
export type ColorName = 'viridis' | 'turbo' | 'diverging';

export type Color = readonly [number, number, number];

/** The part of d3-scale-chromatic that is used: colors from 0 to 1 as CSS words. */
export interface Chromatic {
  readonly interpolateViridis: (t: number) => string;
  readonly interpolateTurbo: (t: number) => string;
  readonly interpolateRdBu: (t: number) => string;
}

/** What a user may say about colors. */
export interface ColorChoice {
  /** By default `'diverging'` where values have both signs, `'viridis'` otherwise. */
  readonly colors?: ColorName;
  /** Values of the first and the last color; by default the least and the largest, for `'diverging'` the same on both sides of 0. */
  readonly range?: readonly [number, number];
}

/** Which colors, and the values of the first and the last one. */
export interface Scale {
  readonly name: ColorName;
  readonly from: number;
  readonly to: number;
}

export const COLOR_NAMES: readonly ColorName[] = ['viridis', 'turbo', 'diverging'];
const STEPS = 256;
/** Of what is not a number. */
const GREY: Color = [128, 128, 128];

/** The scale for values from `least` to `most`. */
export function scaleOf(least: number, most: number, { colors, range }: ColorChoice): Scale {
  const name = colors ?? (least < 0 && most > 0 ? 'diverging' : 'viridis');
  const bound = Math.max(-least, most);
  const [from, to] = range ?? (name === 'diverging' ? [-bound, bound] : [least, most]);
  return { name, from, to };
}

/** Colors of a scale, from the first to the last. */
export function tableOf(name: ColorName, chromatic: Chromatic): Color[] {
  const color = {
    viridis: chromatic.interpolateViridis,
    turbo: chromatic.interpolateTurbo,
    // Red is warm, so large.
    diverging: (t: number) => chromatic.interpolateRdBu(1 - t),
  }[name];
  return Array.from({ length: STEPS }, (_, i) => parsed(color(i / (STEPS - 1))));
}

/** What color a value has. */
export function paletteOf(
  data: Float64Array | Float32Array,
  choice: ColorChoice,
  chromatic: Chromatic,
): (value: number) => Color {
  const [least, most] = finiteRange(data);
  const { name, from, to } = scaleOf(least, most, choice);
  const table = tableOf(name, chromatic);
  return (value) => {
    if (Number.isNaN(value)) return GREY;
    return table[Math.round(shareOf(value, from, to) * (STEPS - 1))]!;
  };
}

/** Where a value lies on a scale, from 0 to 1. */
export function shareOf(value: number, from: number, to: number): number {
  const t = to > from ? (value - from) / (to - from) : 0.5;
  return Math.min(1, Math.max(0, t));
}

/** The least and the largest finite value; Infinity and −Infinity where there is none. */
export function finiteRange(data: Iterable<number>): [least: number, most: number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of data)
    if (Number.isFinite(value)) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return [least, most];
}

/** `#440154` or `rgb(35, 23, 27)`. */
function parsed(text: string): Color {
  const [r = 0, g = 0, b = 0] = text.startsWith('#')
    ? [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16))
    : (text.match(/\d+/g) ?? []).map(Number);
  return [r, g, b];
}
