/** Runs of programs that print `name value` lines, and a table of them. */
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT: string = fileURLToPath(new URL('../', import.meta.url));
export const CLI: string = join(ROOT, 'dist/launch/cli.js');
export type Family = 'openmpi' | 'mpich';

const execute = promisify(execFile);
const env = { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };

export async function output(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(command, [...args], { env, cwd: ROOT, maxBuffer: 1 << 26 });
  return stdout;
}

/** The `name value` lines that a program prints. */
export async function figures(command: string, args: readonly string[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const line of (await output(command, args)).split('\n')) {
    const [, name, value] = /^(\S+) (\S+)$/.exec(line.trim()) ?? [];
    if (name !== undefined) found.set(name, Number(value));
  }
  return found;
}

export async function compile(family: Family, source: string, ...flags: string[]): Promise<string> {
  const program = join(mkdtempSync(join(tmpdir(), 'bench-')), family);
  const path = join(ROOT, 'bench/peers', source);
  await output(`mpicc.${family}`, ['-O3', ...flags, path, '-o', program, '-lm']);
  return program;
}

export const mpirun = (family: Family, n: number, ...args: string[]): [string, string[]] => [
  `mpirun.${family}`,
  ['-n', String(n), ...(family === 'openmpi' ? ['--oversubscribe'] : []), ...args],
];

export const flotilla = (n: number, how: string, script: string): [string, string[]] => [
  process.execPath,
  [CLI, 'run', '-n', String(n), ...(how === 'threads' ? [] : [`--mpi=${how}`]), join('bench/ranks', script)],
];

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** The best of figures of which less is better: what a program can do where other guests of the machine leave it alone. */
export const least = (values: readonly number[]): number => Math.min(...values);

/** Runs all contenders in turn, `rounds` times, and picks one of the values of each figure. */
export async function inTurn(
  contenders: Readonly<Record<string, [string, string[]]>>,
  rounds: number,
  pick: (values: readonly number[]) => number,
): Promise<Map<string, Map<string, number>>> {
  const all = new Map<string, Map<string, number[]>>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, [command, args]] of Object.entries(contenders)) {
      process.stderr.write(`round ${round + 1} of ${rounds}: ${name}\n`);
      const mine = all.get(name) ?? new Map<string, number[]>();
      all.set(name, mine);
      for (const [figure, value] of await figures(command, args))
        mine.set(figure, [...(mine.get(figure) ?? []), value]);
    }
  }
  return new Map(
    [...all].map(([name, mine]) => [
      name,
      new Map([...mine].map(([figure, values]) => [figure, pick(values)])),
    ]),
  );
}

/** A row: what, ours, the others, and whether the bar is met. */
export interface Row {
  readonly what: string;
  readonly cells: readonly string[];
  readonly ratio: number;
  readonly bar: string;
  /** Undefined where there is no bar. */
  readonly met: boolean | undefined;
}

export function print(title: string, heads: readonly string[], rows: readonly Row[]): void {
  console.log(`\n${title}\n`);
  console.log(`| what | ${heads.join(' | ')} | ratio | bar | |`);
  console.log(`|---|${heads.map(() => '---:').join('|')}|---:|---|---|`);
  for (const { what, cells, ratio, bar, met } of rows) {
    console.log(
      `| ${what} | ${cells.join(' | ')} | ${ratio.toFixed(2)} | ${bar} | ${met === undefined ? '' : met ? 'met' : '**below**'} |`,
    );
  }
}
