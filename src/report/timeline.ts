import { FIT, WIDE, type Chart } from './chart.ts';
import type { RunRecord, Sample } from './record.ts';

/** Samples that are drawn one by one; of more, how much of each stretch of time was work. */
const BARS = 4000;
const CELLS = 6000;

interface Stretch {
  readonly experiment: string;
  readonly team: number;
  readonly began: number;
  readonly ended: number;
}

/** When each team worked, over all experiments, with the share of the time that it did. */
export function timeline(records: readonly RunRecord[]): Chart[] {
  const all = records.flatMap(({ name, samples }) =>
    samples.map(({ team, began, ended }): Stretch => ({ experiment: name, team, began, ended })),
  );
  if (all.length === 0) return [];
  const [from, to] = extent(all);
  const work = workOf(all);
  const label = (team: number) => `${team} (${percent(work.get(team)! / (to - from || 1))})`;
  const shown: readonly (Stretch & { share: number })[] =
    all.length <= BARS ? all.map((each) => ({ ...each, share: 1 })) : cells(all, from, to, work.size);
  const values = shown.map(({ experiment, team, began, ended, share }) => ({
    experiment,
    team: label(team),
    share,
    from: (began - from) / 1000,
    to: (ended - from) / 1000,
  }));
  return [
    {
      title: `teams: ${percent(efficiency(all))} of their time at work`,
      wide: true,
      spec: {
        width: WIDE,
        height: Math.max(40, Math.min(600, 18 * work.size)),
        autosize: FIT,
        data: { values },
        mark: { type: 'bar', aria: false },
        encoding: {
          x: { field: 'from', type: 'quantitative', title: 'seconds' },
          x2: { field: 'to' },
          y: {
            field: 'team',
            type: 'ordinal',
            sort: [...work.keys()].sort((a, b) => a - b).map(label),
            axis: { labelOverlap: true },
          },
          opacity: {
            field: 'share',
            type: 'quantitative',
            scale: { domain: [0, 1], range: [0.15, 1] },
            legend: null,
          },
          color: {
            field: 'experiment',
            type: 'nominal',
            scale: { domain: records.map(({ name }) => name) },
            legend: records.length === 1 ? null : { orient: 'bottom', columns: 4, title: null },
          },
        },
      },
    },
  ];
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Stretches of equal length for each team, each of the experiment that took most of it. */
function cells(
  samples: readonly Stretch[],
  from: number,
  to: number,
  teams: number,
): (Stretch & { share: number })[] {
  const count = Math.max(20, Math.min(400, Math.floor(CELLS / teams)));
  const width = (to - from) / count;
  const work = new Map<string, Map<string, number>>();
  for (const { experiment, team, began, ended } of samples) {
    const last = Math.min(count - 1, Math.floor((ended - from) / width));
    for (let cell = Math.min(count - 1, Math.floor((began - from) / width)); cell <= last; cell++) {
      const within = Math.min(ended, from + (cell + 1) * width) - Math.max(began, from + cell * width);
      const key = `${team}/${cell}`;
      const experiments = work.get(key) ?? new Map<string, number>();
      work.set(key, experiments.set(experiment, (experiments.get(experiment) ?? 0) + Math.max(0, within)));
    }
  }
  return [...work].map(([key, experiments]) => {
    const [team, cell] = key.split('/').map(Number) as [number, number];
    const [[experiment]] = [...experiments].sort(([, a], [, b]) => b - a) as [[string, number]];
    const total = [...experiments.values()].reduce((sum, each) => sum + each, 0);
    const [began, ended] = [from + cell * width, from + (cell + 1) * width];
    return { experiment, team, began, ended, share: Math.min(1, total / width) };
  });
}

type Worked = Pick<Sample, 'team' | 'began' | 'ended'>;

/** From the first beginning to the last end. */
function extent(samples: readonly Worked[]): [from: number, to: number] {
  let [from, to] = [Infinity, -Infinity];
  for (const { began, ended } of samples) [from, to] = [Math.min(from, began), Math.max(to, ended)];
  return [from, to];
}

/** Time at work of each team. */
function workOf(samples: readonly Worked[]): Map<number, number> {
  const work = new Map<number, number>();
  for (const { team, began, ended } of samples) work.set(team, (work.get(team) ?? 0) + ended - began);
  return work;
}

/** Time at work over teams × time from the first beginning to the last end. */
export function efficiency(samples: readonly Worked[]): number {
  const [from, to] = extent(samples);
  const work = workOf(samples);
  const sum = [...work.values()].reduce((total, each) => total + each, 0);
  return sum / (work.size * (to - from)) || 0;
}
