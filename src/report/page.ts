import type { Chart } from './chart.ts';
import { corner } from './corner.ts';
import { convergence, parameters } from './curves.ts';
import { ReportError } from './error.ts';
import { escape, facts } from './facts.ts';
import { front, frontTable } from './front.ts';
import { readRecords } from './record.ts';
import { timeline } from './timeline.ts';

/** One HTML page of a run folder: pictures inside, no request to any network, no script. Needs vega and vega-lite. */
export async function makePage(dir: string): Promise<string> {
  const records = readRecords(dir);
  const draw = await painter();
  const figures = async (charts: readonly Chart[]) => {
    const drawn = await Promise.all(charts.map(async (chart) => figure(chart, await draw(chart))));
    return drawn.join('\n');
  };
  const parts = [`<section><h2>Teams</h2>${await figures(timeline(records))}</section>`];
  for (const record of records) {
    parts.push(`<section><h2>${escape(record.name)}</h2>${facts(record)}
<div class="charts">${await figures(convergence(record))}</div>
<div class="charts">${await figures(front(record))}</div>${frontTable(record)}
${await figures(corner(record))}
<div class="charts">${await figures(parameters(record))}</div></section>`);
  }
  return page(`Run ${dir}`, parts.join('\n'));
}

const figure = ({ title, wide }: Chart, svg: string) =>
  `<figure${wide ? ' class="wide"' : ''}><figcaption>${escape(title)}</figcaption><div>${svg}</div></figure>`;

/** Draws a chart as SVG text. The library is loaded only here. */
async function painter(): Promise<(chart: Chart) => Promise<string>> {
  try {
    const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
    return ({ spec }) => new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' }).toSVG();
  } catch (cause) {
    const message = 'the report is drawn with vega and vega-lite: npm install vega vega-lite';
    throw new ReportError('ERR_PLOTS', message, cause);
  }
}

const page = (title: string, body: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem; color: #222; background: #fff; }
h1, h2, th { overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22.5rem), 1fr)); gap: 1rem; margin: 1rem 0; }
figure { margin: 0; min-width: 0; }
figure.wide { margin: 1rem 0; }
div.wide, figure.wide div { overflow-x: auto; }
figcaption { font-weight: 600; }
svg { display: block; max-width: 100%; height: auto; }
figure.wide svg { max-width: none; }
table { border-collapse: collapse; margin: 0.5rem 0; }
th { text-align: left; vertical-align: top; padding-right: 1rem; font-weight: 600; }
td { overflow-wrap: anywhere; }
.parameters th, .parameters td { border-top: 1px solid #ddd; padding: 0 1rem 0 0; white-space: nowrap; }
pre { overflow-wrap: anywhere; white-space: pre-wrap; }
</style>
</head>
<body>
<h1>${escape(title)}</h1>
${body}
</body>
</html>
`;
