import { explain, type Warning } from '../experiment/index.ts';
import type { RunRecord } from './record.ts';

/** Columns of the table of parameters: what a result says of each of them. */
const ABOUT = ['best', 'mean', 'sd'] as const;
/** Further ones, of a sampler's diagnostics. */
const DIAGNOSED = ['rHat', 'bulk', 'tail', 'ess', 'mcseMean'] as const;
/** Members of a result that the table of parameters shows. */
const BY_PARAMETER: readonly string[] = ['mean', 'sd', 'quantiles', 'diagnostics'];

/** What the result says, apart from what the charts show. */
export function facts({ result, generations, config }: RunRecord): string {
  const last = result ?? generations.at(-1) ?? {};
  const single = Object.entries({ ...last, ...(isObject(last.best) && { best: besides(last.best) }) })
    .filter(([, value]) => value !== undefined)
    .filter(([name, value]) => name === 'bfmi' || !(Array.isArray(value) || BY_PARAMETER.includes(name)))
    .map(([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(text(value))}</td></tr>`);
  const whole = escape(JSON.stringify(config, null, 2));
  return (
    `${warnings(last)}<table>${single.join('')}</table>${parameters(last)}` +
    `<details><summary>configuration</summary><pre>${whole}</pre></details>`
  );
}

/** What a sampler has found wrong with its result, in words. */
function warnings({ warnings }: Readonly<Record<string, unknown>>): string {
  if (!Array.isArray(warnings) || warnings.length === 0) return '';
  const items = (warnings as Warning[]).map((warning) => `<li>${escape(explain(warning))}</li>`);
  return `<ul class="warnings">${items.join('')}</ul>`;
}

/** A row for each parameter. */
function parameters(result: Readonly<Record<string, unknown>>): string {
  const best = isObject(result.best) ? result.best.parameters : undefined;
  const about = { best, mean: result.mean, sd: result.sd };
  const columns = ABOUT.filter((name) => isObject(about[name]));
  const [first] = columns;
  if (first === undefined) return '';
  const rows = Object.keys(about[first] as object).map((name) => {
    const cells = [
      ...columns.map((column) => text((about[column] as Record<string, unknown>)[name])),
      ...quantiles(result, name),
      ...diagnostics(result, name),
    ];
    return `<tr><th>${escape(name)}</th>${cells.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`;
  });
  const more = [
    ...(isObject(result.quantiles) ? ['5 %', '50 %', '95 %'] : []),
    ...(isObject(result.diagnostics) ? DIAGNOSED : []),
  ];
  const head = ['', ...columns, ...more].map((column) => `<th>${column}</th>`).join('');
  return `<div class="wide"><table class="parameters"><tr>${head}</tr>${rows.join('')}</table></div>`;
}

function quantiles({ quantiles: all }: Readonly<Record<string, unknown>>, name: string): string[] {
  if (!isObject(all)) return [];
  const mine = all[name];
  return Array.isArray(mine) ? mine.map(text) : [];
}

function diagnostics({ diagnostics: all }: Readonly<Record<string, unknown>>, name: string): string[] {
  if (!isObject(all)) return [];
  const mine = all[name];
  return isObject(mine) ? DIAGNOSED.map((column) => text(mine[column])) : [];
}

/** The value of the best sample, without its parameters. */
const besides = (best: Readonly<Record<string, unknown>>): unknown => best.value ?? best.logPosterior;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Numbers to seven digits: all of them are in result.json. */
export function text(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(7)));
  if (isObject(value) && '$number' in value) return String(value.$number);
  if (Array.isArray(value)) return value.map(text).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escape = (raw: string): string => raw.replaceAll(/[&<>"]/g, (character) => ESCAPES[character]!);
