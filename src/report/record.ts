import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReportError } from './error.ts';

/** The record of one experiment, as far as a report shows it. */
export interface RunRecord {
  readonly name: string;
  readonly config: unknown;
  readonly result: Readonly<Record<string, unknown>> | undefined;
  readonly generations: readonly Readonly<Record<string, unknown>>[];
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly id: number;
  readonly generation: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly value: unknown;
  readonly team: number;
  readonly began: number;
  readonly ended: number;
}

/** Reads all experiments of a run folder. Throws when there is none. */
export function readRecords(dir: string): RunRecord[] {
  const names = existsSync(dir)
    ? readdirSync(dir).filter((name) => existsSync(join(dir, name, 'config.json')))
    : [];
  if (names.length === 0)
    throw new ReportError(
      'ERR_RECORD',
      `${dir} is not the folder of a run: no experiment has its record there`,
    );
  return names.sort().map((name) => {
    const file = (base: string) => join(dir, name, base);
    const result = existsSync(file('result.json')) ? read(file('result.json')) : undefined;
    return {
      name,
      config: read(file('config.json')),
      // Files of ours, in the form that src/experiment/folder.ts writes.
      result: result as RunRecord['result'],
      generations: lines(file('generations.jsonl')) as RunRecord['generations'],
      samples: lines(file('samples.jsonl')) as Sample[],
    };
  });
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** Whole lines; a run may be under way. */
function lines(path: string): unknown[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
