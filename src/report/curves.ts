import { FIT, finite, NARROW, type Chart } from './chart.ts';
import type { RunRecord } from './record.ts';

/** What a generation's line says that is no curve of its own. */
const COUNTS = ['generation', 'evaluations', 'trajectories'];
/** Curves of more points than this show them as a line only. */
const DOTTED = 40;
/** A scale that spans more than this many times the typical value is drawn by its logarithm. */
const RANGE = 1000;

/** One curve for each figure that the solver records. */
export function convergence({ generations }: RunRecord): Chart[] {
  const names = Object.keys(generations[0] ?? {}).filter((name) => !COUNTS.includes(name));
  return names.flatMap((name) => {
    const lines = generations.filter((line) => finite(line[name]));
    if (lines.length < 2) return [];
    const values = lines.map((line) => ({ evaluations: line.evaluations, value: line[name] as number }));
    return {
      title: name,
      spec: {
        width: NARROW,
        height: 150,
        autosize: FIT,
        data: { values },
        mark: { type: 'line', point: values.length < DOTTED },
        encoding: {
          x: { field: 'evaluations', type: 'quantitative', axis: { tickCount: 4 } },
          y: {
            field: 'value',
            type: 'quantitative',
            title: null,
            axis: { tickCount: 5, format: '.6~g' },
            scale: scaleOf(values.map(({ value }) => value)),
          },
        },
      },
    };
  });
}

/** Linear, unless most of the curve would then lie flat on an axis. */
function scaleOf(numbers: readonly number[]) {
  const sizes = numbers.map(Math.abs).sort((a, b) => a - b);
  const [least, typical, most] = [sizes[0]!, sizes[sizes.length >> 1]!, sizes.at(-1)!];
  if (Math.min(...numbers) > 0) return most > RANGE * least ? ({ type: 'log' } as const) : { zero: false };
  return typical > 0 && most > RANGE * typical
    ? ({ type: 'symlog', constant: typical, zero: false } as const)
    : { zero: false };
}

/** Points that a chart can show; of more, an even selection. */
const SHOWN = 1000;
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
      width: NARROW,
      height: 120,
      autosize: FIT,
      data: { values: select(samples).map(({ id, parameters }) => ({ id, value: parameters[name] })) },
      mark: { type: 'square', size: 6, opacity: 0.5, aria: false },
      encoding: {
        x: { field: 'id', type: 'quantitative', title: 'sample', axis: { tickCount: 4 } },
        y: {
          field: 'value',
          type: 'quantitative',
          title: null,
          axis: { tickCount: 4, format: '.6~g' },
          scale: { zero: false },
        },
      },
    },
  }));
}
