import { convergence, corner, parameters, timeline, type Chart } from './charts.ts';
import { readRecords, type RunRecord } from './record.ts';

/** One HTML page of a run folder: pictures inside, no request to any network, no script. Needs vega and vega-lite. */
export async function makePage(dir: string): Promise<string> {
  const records = readRecords(dir);
  const draw = await painter();
  const section = async (title: string, charts: readonly Chart[], extra = '') => {
    const figures = await Promise.all(
      charts.map(
        async (chart) =>
          `<figure><figcaption>${escape(chart.title)}</figcaption>${await draw(chart)}</figure>`,
      ),
    );
    return charts.length === 0 && extra === ''
      ? ''
      : `<section><h2>${escape(title)}</h2>${extra}${figures.join('\n')}</section>`;
  };
  const parts = [await section('Teams', timeline(records))];
  for (const record of records) {
    const charts = [...convergence(record), ...corner(record), ...parameters(record)];
    parts.push(await section(record.name, charts, facts(record)));
  }
  return page(`Run ${dir}`, parts.join('\n'));
}

/** Draws a chart as SVG text. The library is loaded only here. */
async function painter(): Promise<(chart: Chart) => Promise<string>> {
  try {
    const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
    return ({ spec }) => new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' }).toSVG();
  } catch (cause) {
    throw new Error('the report is drawn with vega and vega-lite: npm install vega vega-lite', { cause });
  }
}

function facts({ result, generations, config }: RunRecord): string {
  const last = result ?? generations.at(-1) ?? {};
  const rows = Object.entries(last)
    .filter(([, value]) => !Array.isArray(value))
    .map(([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(text(value))}</td></tr>`);
  const whole = escape(JSON.stringify(config, null, 2));
  return `<table>${rows.join('')}</table><details><summary>configuration</summary><pre>${whole}</pre></details>`;
}

function text(value: unknown): string {
  return typeof value === 'string'
    ? value
    : JSON.stringify(value, null, 1)
        .replaceAll(/[{}"\n]/g, '')
        .trim();
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (raw: string) => raw.replaceAll(/[&<>"]/g, (character) => ESCAPES[character]!);

const page = (title: string, body: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1rem; color: #222; background: #fff; }
figure { margin: 1rem 0; }
svg { max-width: 100%; height: auto; }
th { text-align: left; vertical-align: top; padding-right: 1rem; font-weight: 600; }
td, pre { overflow-wrap: anywhere; white-space: pre-wrap; }
</style>
</head>
<body>
<h1>${escape(title)}</h1>
${body}
</body>
</html>
`;
