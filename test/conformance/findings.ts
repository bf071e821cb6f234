import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { ROOT, type FabricName } from '../harness/launch.ts';

const FABRICS = ['solo', 'threads', 'openmpi', 'mpich'] as const;
const PAGE = `${ROOT}docs/conformance.md`;

type Verdict = 'passed' | 'failed' | 'needs more ranks' | { readonly beyond: string };

/** What came of each case, by fabric and number of ranks, and the page that tells it. */
export class Findings {
  readonly #layouts: readonly (readonly [FabricName, number])[];
  readonly #libraries = new Map<FabricName, string>();
  readonly #cases = new Map<string, Map<FabricName, Map<number, Verdict>>>();

  constructor(layouts: readonly (readonly [FabricName, number])[]) {
    this.#layouts = layouts;
  }

  /** Reads what a job has printed. Gives the case that ended it, undefined if all have come to their end. */
  take(fabric: FabricName, n: number, output: string): string | undefined {
    let open: string | undefined;
    let complete = false;
    for (const line of output.split('\n')) {
      const [, what, name = '', rest = ''] =
        /^(library|begins|passed|needs \d+ ranks|beyond): ([^:]+)(?:: (.*))?$/.exec(line) ?? [];
      if (what === 'library') this.#libraries.set(fabric, name);
      else if (what === 'begins') open = name;
      else if (what === 'beyond') this.#set(name, fabric, n, { beyond: rest });
      else if (what === 'passed') {
        this.#set(name, fabric, n, 'passed');
        open = undefined;
      } else if (what !== undefined) this.#set(name, fabric, n, 'needs more ranks');
      else complete ||= line === 'complete';
    }
    if (complete) return undefined;
    if (open === undefined) throw new Error(`neither complete nor in a case:\n${output}`);
    this.#set(open, fabric, n, 'failed');
    return open;
  }

  /** The cases that have failed there. */
  failed(fabric: FabricName, n: number): string[] {
    return [...this.#cases.keys()].filter((name) => this.#verdict(name, fabric, n) === 'failed');
  }

  /** Writes docs/conformance.md in the form that prettier gives it. */
  async write(): Promise<void> {
    const options = await resolveConfig(PAGE);
    writeFileSync(PAGE, await format(this.#page(), { ...options, parser: 'markdown' }));
  }

  #page(): string {
    const reasons: string[] = [];
    const rows = [...this.#cases.keys()].sort().map((name) => {
      const cells = FABRICS.map((fabric) => this.#cell(name, fabric, reasons));
      return `| ${name} | ${cells.join(' | ')} |`;
    });
    const libraries = FABRICS.filter((fabric) => fabric === 'openmpi' || fabric === 'mpich')
      .map((fabric) => this.#libraries.get(fabric))
      .join(' and ');
    const tried = FABRICS.map((fabric) => `${ranges(this.#counts(fabric))} (${fabric})`);
    return `# Conformance

${rows.length} cases of [MPICH's test suite](https://github.com/pmodels/mpich/tree/main/test/mpi) by the names that they have there (romio: in src/mpi/romio/test). Inputs and expected results are
theirs, the code is Flotilla's ([test/conformance](../test/conformance)); where a case goes through derived datatypes, it goes through typed arrays and
views here. \`npm run verify\` runs them and writes this page, last with ${libraries}.

A cell has the numbers of ranks at which a case passes, of ${tried.join(', ')}; – stands for a case that so few ranks cannot do.

| case | ${FABRICS.join(' | ')} |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
${reasons.map((reason, i) => `\n${i + 1}. ${reason}`).join('')}
`;
  }

  #cell(name: string, fabric: FabricName, reasons: string[]): string {
    const counts = this.#counts(fabric);
    const those = (verdict: Verdict) => counts.filter((n) => this.#verdict(name, fabric, n) === verdict);
    const failed = those('failed');
    const [passes, fails] = [those('passed'), failed].map(ranges);
    const parts = [passes, failed.length > 0 ? `**fails: ${fails}**` : ''];
    for (const n of counts) {
      const verdict = this.#verdict(name, fabric, n);
      if (typeof verdict !== 'object') continue;
      if (!reasons.includes(verdict.beyond)) reasons.push(verdict.beyond);
      parts.push(`left out (${reasons.indexOf(verdict.beyond) + 1})`);
      break;
    }
    return parts.filter((part) => part !== '').join(' ') || '–';
  }

  /** The numbers of ranks tried. */
  #counts(fabric: FabricName): number[] {
    return this.#layouts.filter(([other]) => other === fabric).map(([, n]) => n);
  }

  #verdict(name: string, fabric: FabricName, n: number): Verdict | undefined {
    return this.#cases.get(name)?.get(fabric)?.get(n);
  }

  #set(name: string, fabric: FabricName, n: number, verdict: Verdict): void {
    const byFabric = this.#cases.get(name) ?? new Map<FabricName, Map<number, Verdict>>();
    const byCount = byFabric.get(fabric) ?? new Map<number, Verdict>();
    this.#cases.set(name, byFabric.set(fabric, byCount.set(n, verdict)));
  }
}

/** `1–5, 8`: rising numbers, those that follow each other as one. */
function ranges(numbers: readonly number[]): string {
  const runs: number[][] = [];
  for (const n of numbers) {
    const last = runs.at(-1);
    if (last?.at(-1) === n - 1) last.push(n);
    else runs.push([n]);
  }
  return runs.map((run) => (run.length > 1 ? `${run[0]!}–${run.at(-1)!}` : `${run[0]!}`)).join(', ');
}
