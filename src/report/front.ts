import { FIT, finite, NARROW, type Chart } from './chart.ts';
import { escape, text } from './facts.ts';
import type { RunRecord } from './record.ts';

/** A member of the front of an experiment with several objectives, as result.json has it. */
interface Compromise {
  readonly id: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly objectives: Readonly<Record<string, unknown>>;
}

/** Objectives of which each pair is drawn. */
const MOST = 4;

function frontOf({ result }: RunRecord): readonly Compromise[] {
  return Array.isArray(result?.front) ? (result.front as Compromise[]) : [];
}

/** The front, one panel for each pair of objectives: none when the result has no front. */
export function front(record: RunRecord): Chart[] {
  const members = frontOf(record);
  const names = Object.keys(members[0]?.objectives ?? {}).slice(0, MOST);
  return names.flatMap((x, i) =>
    names.slice(i + 1).map((y) => ({
      title: `front: ${y} over ${x}`,
      spec: {
        width: NARROW,
        height: 240,
        autosize: FIT,
        data: {
          values: members
            .map(({ objectives }) => ({ x: objectives[x], y: objectives[y] }))
            .filter((point) => finite(point.x) && finite(point.y)),
        },
        mark: { type: 'point', filled: true, size: 20 },
        encoding: {
          x: axis('x', x),
          y: axis('y', y),
        },
      },
    })),
  );
}

const axis = (field: string, title: string) => ({
  field,
  type: 'quantitative' as const,
  title,
  axis: { tickCount: 5, format: '.6~g' },
  scale: { zero: false },
});

/** Every member of the front with its parameters. */
export function frontTable(record: RunRecord): string {
  const members = frontOf(record);
  const [first] = members;
  if (first === undefined) return '';
  const [objectives, parameters] = [Object.keys(first.objectives), Object.keys(first.parameters)];
  const rows = members.map((member) => {
    const cells = [
      ...objectives.map((name) => member.objectives[name]),
      ...parameters.map((name) => member.parameters[name]),
    ];
    return `<tr><th>${member.id}</th>${cells.map((cell) => `<td>${escape(text(cell))}</td>`).join('')}</tr>`;
  });
  const head = ['sample', ...objectives, ...parameters].map((name) => `<th>${escape(name)}</th>`).join('');
  return `<details><summary>front: ${members.length} samples</summary><div class="wide"><table class="parameters"><tr>${head}</tr>${rows.join('')}</table></div></details>`;
}
