import { createHash } from 'node:crypto';
import type { Color } from '../out/colors.ts';
import { CLIENT } from './client.ts';
import { HEAD, LAST_SHADE, PER_FIELD, type FrameLayout } from './frame.ts';
import { coordinatesOf, type Picture } from './picture.ts';

/** A page and what browsers may do for it. */
export interface Page {
  readonly html: string;
  readonly policy: string;
}

/** What the page shows. */
export interface PageSubject {
  readonly title: string;
  readonly run: string;
  readonly pictures: ReadonlyMap<string, Picture>;
  readonly layout: FrameLayout;
  /** Tables of colors, in the order of their numbers in frames. */
  readonly colors: readonly (readonly Color[])[];
}

/** The page of a view: script, style and all else within, nothing from elsewhere. */
export function pageOf({ title, run, pictures, layout, colors }: PageSubject): Page {
  const fields = [...pictures].map(([name, picture], f) => ({
    name,
    nx: picture.nx,
    ny: picture.ny,
    pixels: layout.pixels[f]!,
    x: coordinatesOf(picture, 0),
    y: coordinatesOf(picture, 1),
  }));
  const setup = {
    run,
    head: HEAD,
    perField: PER_FIELD,
    lastShade: LAST_SHADE,
    colors: colors.map((table) => table.map(hex).join('')),
    fields,
  };
  const style = STYLE + [...pictures.values()].map(widthOf).join('\n');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p id="state" role="status">Connecting</p>
</header>
<main>
<p class="bar-of-run">Step <output id="step" aria-live="off">–</output>
<button id="pause" type="button" aria-pressed="false">Pause</button></p>
<div class="fields">
${fields.map(({ name }, f) => figure(name, f, [...pictures.values()][f]!)).join('\n')}
</div>
<p class="help">Point at a picture for its values, or move over it with the arrow keys.</p>
<p id="spoken" class="unseen" role="status"></p>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
<script type="application/json" id="setup">${JSON.stringify(setup).replaceAll('<', '\\u003c')}</script>
<script>${CLIENT}</script>
</body>
</html>
`;
  const policy = [
    "default-src 'none'",
    `script-src '${digest(CLIENT)}'`,
    `style-src '${digest(style)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return { html, policy };
}

const ordinal = (n: number) => (n === 2 ? 'other' : n === 3 ? '3rd' : `${n}th`);

const figure = (name: string, f: number, { nx, ny, every, plane, field }: Picture) => {
  const points = `${nx} × ${ny} points${every > 1 ? `, every ${ordinal(every)}` : ''}`;
  const where = field.grid.dims > 2 ? `${points}, plane ${plane}` : points;
  return `<figure id="field-${f}">
<figcaption><b>${escaped(name)}</b> <span class="where">${where}, <span class="range"></span></span></figcaption>
<canvas class="picture" width="${nx}" height="${ny}" tabindex="0" role="img" aria-label="${escaped(name)}"></canvas>
<div class="scale"><span class="from"></span><canvas class="bar" width="256" height="1" aria-hidden="true"></canvas><span class="to"></span></div>
<output class="point" aria-live="off"></output>
</figure>`;
};

/** A picture is as wide as there is room, and not higher than most of a screen. */
const widthOf = ({ nx, ny }: Picture, f: number) =>
  ny === 1
    ? `#field-${f} .picture { height: 4rem; }`
    : `#field-${f} .picture { width: min(100%, ${((75 * nx) / ny).toFixed(2)}vh); }`;

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1b; --quiet: #555; --paper: #fff; --line: #767676; --accent: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --quiet: #b0b0b0; --paper: #141414; --line: #8a8a8a; --accent: #a8c7fa; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 96rem; color: var(--ink); background: var(--paper); }
header { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; justify-content: space-between; }
h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }
p { margin: 0.5rem 0; }
.bar-of-run { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
.bar-of-run output { font-variant-numeric: tabular-nums; flex: 1; }
button { font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.4rem 1rem; min-height: 2.75rem; }
button[aria-pressed="true"] { background: var(--accent); color: var(--paper); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; min-width: 0; }
figcaption { overflow-wrap: anywhere; }
.where, .help { color: var(--quiet); }
.picture { display: block; width: 100%; height: auto; image-rendering: pixelated; cursor: crosshair; touch-action: pan-y; }
.scale { display: flex; gap: 0.5rem; align-items: center; margin-top: 0.5rem; font-variant-numeric: tabular-nums; }
.bar { flex: 1; min-width: 0; width: 0; height: 1rem; border: 1px solid var(--line); }
.point { display: block; min-height: 1.5em; font-variant-numeric: tabular-nums; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

const hex = (color: Color) => color.map((part) => part.toString(16).padStart(2, '0')).join('');
const digest = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (letter) => ENTITIES[letter]!);
