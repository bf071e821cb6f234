/** Scales of colors: for values of one sign, for details of any, for values around 0. */
export type ColorName = 'viridis' | 'turbo' | 'diverging';

type Color = readonly [number, number, number];

/** The part of d3-scale-chromatic that is used: colors from 0 to 1 as CSS words. */
interface Chromatic {
  readonly interpolateViridis: (t: number) => string;
  readonly interpolateTurbo: (t: number) => string;
  readonly interpolateRdBu: (t: number) => string;
}

const STEPS = 256;
/** Of what is not a number. */
const GREY: Color = [128, 128, 128];

/** What color a value has. */
export function paletteOf(
  data: Float64Array | Float32Array,
  { colors, range }: { readonly colors?: ColorName; readonly range?: readonly [number, number] },
  chromatic: Chromatic,
): (value: number) => Color {
  let [least, most] = [Infinity, -Infinity];
  for (const value of data)
    if (Number.isFinite(value)) [least, most] = [Math.min(least, value), Math.max(most, value)];
  const name = colors ?? (least < 0 && most > 0 ? 'diverging' : 'viridis');
  const bound = Math.max(-least, most);
  const [from, to] = range ?? (name === 'diverging' ? [-bound, bound] : [least, most]);
  const scale = {
    viridis: chromatic.interpolateViridis,
    turbo: chromatic.interpolateTurbo,
    // Red is warm, so large.
    diverging: (t: number) => chromatic.interpolateRdBu(1 - t),
  }[name];
  const table = Array.from({ length: STEPS }, (_, i) => parsed(scale(i / (STEPS - 1))));
  return (value) => {
    if (Number.isNaN(value)) return GREY;
    const t = to > from ? (value - from) / (to - from) : 0.5;
    return table[Math.round(Math.min(1, Math.max(0, t)) * (STEPS - 1))]!;
  };
}

/** `#440154` or `rgb(35, 23, 27)`. */
function parsed(text: string): Color {
  const [r = 0, g = 0, b = 0] = text.startsWith('#')
    ? [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16))
    : (text.match(/\d+/g) ?? []).map(Number);
  return [r, g, b];
}
