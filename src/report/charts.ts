import type { TopLevelSpec } from 'vega-lite';
import type { RunRecord, Sample } from './record.ts';

/** A chart with what it is called on the page. */
export interface Chart {
  readonly title: string;
  readonly spec: TopLevelSpec;
}

const WIDTH = 640;
const finite = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** What a generation's line says that is no curve of its own. */
const COUNTS = ['generation', 'evaluations'];

/** One curve for each figure that the solver records. */
export function convergence({ generations }: RunRecord): Chart[] {
  const names = Object.keys(generations[0] ?? {}).filter((name) => !COUNTS.includes(name));
  return names.flatMap((name) => {
    const values = generations.filter((line) => finite(line[name]));
    if (values.length < 2) return [];
    const numbers = values.map((line) => line[name] as number);
    const wide = Math.min(...numbers) > 0 && Math.max(...numbers) > 1000 * Math.min(...numbers);
    return {
      title: name,
      spec: {
        width: WIDTH,
        height: 160,
        data: { values: values.map((line) => ({ evaluations: line.evaluations, value: line[name] })) },
        mark: { type: 'line', point: values.length < 60 },
        encoding: {
          x: { field: 'evaluations', type: 'quantitative' },
          y: {
            field: 'value',
            type: 'quantitative',
            title: name,
            scale: wide ? { type: 'log' } : { zero: false },
          },
        },
      },
    };
  });
}

/** Points that a chart can show; of more, an even selection. */
const SHOWN = 2000;
const select = <T>(items: readonly T[]): readonly T[] =>
  items.length <= SHOWN
    ? items
    : Array.from({ length: SHOWN }, (_, i) => items[Math.floor((i * items.length) / SHOWN)]!);

/** Where the samples were, one panel a variable. */
export function parameters({ samples }: RunRecord): Chart[] {
  const names = Object.keys(samples[0]?.parameters ?? {}).slice(0, 12);
  return names.map((name) => ({
    title: `${name} of each sample`,
    spec: {
      width: WIDTH,
      height: 120,
      data: { values: select(samples).map(({ id, parameters }) => ({ id, value: parameters[name] })) },
      mark: { type: 'point', size: 6, filled: true, opacity: 0.5 },
      encoding: {
        x: { field: 'id', type: 'quantitative', title: 'sample' },
        y: { field: 'value', type: 'quantitative', title: name, scale: { zero: false } },
      },
    },
  }));
}

const CORNER = 6;

/** The posterior, each variable alone and each pair: none when the result has no samples. */
export function corner({ result }: RunRecord): Chart[] {
  if (!Array.isArray(result?.samples) || result.samples.length === 0) return [];
  const weights = Array.isArray(result.weights) ? (result.weights as number[]) : undefined;
  const rows = (result.samples as Readonly<Record<string, number>>[]).map((sample, i) => ({
    ...sample,
    weight: weights?.[i] ?? 1,
  }));
  const names = Object.keys(result.samples[0] as object).slice(0, CORNER);
  const size = Math.min(200, Math.floor(WIDTH / names.length) - 40);
  const axis = (name: string) => ({ field: name, type: 'quantitative' as const, scale: { zero: false } });
  const density = {
    aggregate: 'sum' as const,
    field: 'weight',
    type: 'quantitative' as const,
    axis: null,
    legend: null,
  };
  const panel = (row: string, column: string): object =>
    row === column
      ? {
          mark: 'bar',
          encoding: { x: { ...axis(row), bin: { maxbins: 30 } }, y: density },
        }
      : {
          mark: 'rect',
          encoding: {
            x: { ...axis(column), bin: { maxbins: 30 } },
            y: { ...axis(row), bin: { maxbins: 30 } },
            color: { ...density, scale: { scheme: 'blues' } },
          },
        };
  const spec = {
    data: { values: rows },
    vconcat: names.map((row, r) => ({
      hconcat: names.slice(0, r + 1).map((column) => ({ width: size, height: size, ...panel(row, column) })),
    })),
  };
  // Built from parts: its shape is that of a concatenation, which the union of all specifications does not follow.
  return [{ title: 'posterior', spec: spec as TopLevelSpec }];
}

/** When each team worked, over all experiments, with the share of the time that it did. */
export function timeline(records: readonly RunRecord[]): Chart[] {
  const all = records.flatMap(({ name, samples }) =>
    samples.map((sample) => ({ ...sample, experiment: name })),
  );
  if (all.length === 0) return [];
  const from = all.reduce((least, { began }) => Math.min(least, began), Infinity);
  const teams = Math.max(...new Set(all.map(({ team }) => team))) + 1;
  const to = all.reduce((most, { ended }) => Math.max(most, ended), 0);
  const values = merge(all, (to - from) / 1000).map(({ began, ended, ...rest }) => ({
    ...rest,
    from: (began - from) / 1000,
    to: (ended - from) / 1000,
  }));
  return [
    {
      title: `teams: ${(100 * efficiency(all)).toFixed(1)} % of their time at work`,
      spec: {
        width: WIDTH,
        height: Math.max(40, Math.min(600, 14 * teams)),
        data: { values },
        mark: 'bar',
        encoding: {
          x: { field: 'from', type: 'quantitative', title: 'seconds' },
          x2: { field: 'to' },
          y: { field: 'team', type: 'ordinal' },
          color: { field: 'experiment', type: 'nominal', ...(records.length === 1 && { legend: null }) },
        },
      },
    },
  ];
}

interface Stretch {
  readonly experiment: string;
  readonly team: number;
  readonly began: number;
  readonly ended: number;
}

/** Samples of a team that follow each other closer than can be seen become one bar. */
function merge(samples: readonly Stretch[], gap: number): Stretch[] {
  const merged: Stretch[] = [];
  const last = new Map<number, number>();
  for (const { experiment, team, began, ended } of [...samples].sort((a, b) => a.began - b.began)) {
    const at = last.get(team);
    const before = at === undefined ? undefined : merged[at];
    if (at !== undefined && before?.experiment === experiment && began - before.ended < gap) {
      merged[at] = { ...before, ended };
    } else {
      last.set(team, merged.length);
      merged.push({ experiment, team, began, ended });
    }
  }
  return merged;
}

/** Time at work over teams × time from the first beginning to the last end. */
export function efficiency(samples: readonly Pick<Sample, 'team' | 'began' | 'ended'>[]): number {
  const teams = new Set(samples.map(({ team }) => team)).size;
  let [from, to, work] = [Infinity, -Infinity, 0];
  for (const { began, ended } of samples) {
    from = Math.min(from, began);
    to = Math.max(to, ended);
    work += ended - began;
  }
  return work / (teams * (to - from)) || 0;
}
