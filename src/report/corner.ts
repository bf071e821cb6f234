import type { TopLevelSpec } from 'vega-lite';
import { finite, type Chart } from './chart.ts';
import type { RunRecord } from './record.ts';

/** Variables shown. */
const MOST = 6;
const BINS = 30;
/** Of all panels side by side. */
const WIDTH = 720;
/** Share of the posterior beyond either end of an axis. */
const BEYOND = 0.001;

interface Column {
  readonly name: string;
  readonly values: readonly number[];
  readonly range: readonly [number, number];
}

/** The posterior, each variable alone and each pair: none when the result has no samples. */
export function corner({ result }: RunRecord): Chart[] {
  if (!Array.isArray(result?.samples) || result.samples.length === 0) return [];
  const samples = result.samples as Readonly<Record<string, number>>[];
  const weights = Array.isArray(result.weights) ? (result.weights as number[]) : samples.map(() => 1);
  const names = Object.keys(samples[0]!).filter((name) => samples.every((sample) => finite(sample[name])));
  const columns = names.slice(0, MOST).map((name) => {
    const values = samples.map((sample) => sample[name]!);
    return { name, values, range: rangeOf(values, weights) };
  });
  if (columns.length === 0) return [];
  const size = Math.min(180, Math.floor(WIDTH / columns.length) - 12);
  const spec = {
    spacing: 8,
    vconcat: columns.map((row, r) => ({
      spacing: 8,
      bounds: 'flush',
      hconcat: columns.slice(0, r + 1).map((column, c) => ({
        width: size,
        height: size,
        ...(r === c
          ? alone(row, weights, r === columns.length - 1)
          : pair(column, row, weights, r === columns.length - 1, c === 0)),
      })),
    })),
  };
  // Built from parts: its shape is that of a concatenation, which the union of all specifications does not follow.
  return [{ title: 'posterior', spec: spec as TopLevelSpec, wide: true }];
}

/** All of the posterior but its utmost ends: samples of no weight do not count. */
function rangeOf(values: readonly number[], weights: readonly number[]): [number, number] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const total = weights.reduce((sum, w) => sum + w, 0);
  const at = (share: number) => {
    let below = 0;
    const index = order.find((i) => (below += weights[i]!) > share * total);
    return values[index ?? order.at(-1)!]!;
  };
  const [from, to] = [at(BEYOND), at(1 - BEYOND)];
  return from < to ? [from, to] : [from - 0.5, to + 0.5];
}

const binOf = (x: number, [from, to]: Column['range']) => {
  const bin = Math.floor((BINS * (x - from)) / (to - from));
  return x === to ? BINS - 1 : bin;
};
const edge = (bin: number, [from, to]: Column['range']) => from + (bin * (to - from)) / BINS;
const within = (bin: number) => bin >= 0 && bin < BINS;

const axis = ({ name }: Column, shown: boolean) => ({
  title: shown ? name : null,
  axis: {
    labels: shown,
    ticks: shown,
    tickCount: 3,
    format: '.6~g',
    labelBound: 14,
    titleLimit: 120,
    grid: false,
  },
});

function alone(column: Column, weights: readonly number[], last: boolean): object {
  const counts = new Array<number>(BINS).fill(0);
  column.values.forEach((x, i) => {
    const bin = binOf(x, column.range);
    if (within(bin)) counts[bin]! += weights[i]!;
  });
  const values = counts.map((count, bin) => ({
    from: edge(bin, column.range),
    to: edge(bin + 1, column.range),
    count,
  }));
  return {
    data: { values },
    mark: { type: 'bar', binSpacing: 0, aria: false },
    encoding: {
      x: {
        field: 'from',
        type: 'quantitative',
        scale: { domain: column.range, nice: false },
        ...axis(column, last),
      },
      x2: { field: 'to' },
      y: { field: 'count', type: 'quantitative', axis: null },
      y2: { datum: 0 },
    },
  };
}

function pair(x: Column, y: Column, weights: readonly number[], last: boolean, first: boolean): object {
  const counts = new Map<number, number>();
  x.values.forEach((each, i) => {
    const [column, row] = [binOf(each, x.range), binOf(y.values[i]!, y.range)];
    if (!within(column) || !within(row)) return;
    const cell = row * BINS + column;
    counts.set(cell, (counts.get(cell) ?? 0) + weights[i]!);
  });
  const values = [...counts].map(([cell, count]) => {
    const [column, row] = [cell % BINS, Math.floor(cell / BINS)];
    const [left, right] = [edge(column, x.range), edge(column + 1, x.range)];
    return { left, right, low: edge(row, y.range), high: edge(row + 1, y.range), count };
  });
  return {
    data: { values },
    mark: { type: 'rect', aria: false },
    encoding: {
      x: {
        field: 'left',
        type: 'quantitative',
        scale: { domain: x.range, nice: false },
        ...axis(x, last),
      },
      x2: { field: 'right' },
      y: { field: 'low', type: 'quantitative', scale: { domain: y.range, nice: false }, ...axis(y, first) },
      y2: { field: 'high' },
      color: { field: 'count', type: 'quantitative', legend: null, scale: { scheme: 'blues' } },
    },
  };
}
