/** The live view: what a browser shows of it, on every fabric, and what becomes of the program. */
import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { interpolateRdBu, interpolateViridis } from 'd3-scale-chromatic';
import { decode } from 'fast-png';
import { architecture, field, uniformGrid, view } from 'flotilla/grid';
import { chromium, type Browser, type Page } from 'playwright-core';
import { launch, type FabricName, type Outcome } from '../harness/launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'grid-view-'));
let browser: Browser | undefined;
before(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});
after(async () => {
  for (const kill of kills) kill('SIGKILL');
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** A program with a view, and how to lead it. */
interface Show {
  readonly url: string;
  /** So many frames in all; how to end behind them. */
  readonly ask: (what: number | '6 close' | '2 leave') => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Outcome>;
}

let shows = 0;
/** Of programs that a test that fails leaves behind. */
const kills: Show['kill'][] = [];
async function start(
  fabric: FabricName,
  n: number,
  { cells = 40, taken = [] as number[] } = {},
): Promise<Show> {
  const own = mkdtempSync(join(folder, `${++shows}-`));
  let said = '';
  let kill: Show['kill'] = () => undefined;
  let ended: Promise<Outcome> | undefined;
  const url = await new Promise<string>((resolve, reject) => {
    ended = launch(fabric, n, 'test/grid/programs/view.ts', [own, String(cells), ...taken.map(String)], {
      onStart: (by) => kills.push((kill = by)),
      onOutput: (text) => {
        said += text;
        const [, found] = /at (\S+)\n/.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      },
    });
    ended.then(({ all }) => reject(new assert.AssertionError({ message: all })), reject);
  });
  const ask = (what: number | string) => {
    writeFileSync(join(own, 'partial'), `${what}\n`);
    renameSync(join(own, 'partial'), join(own, 'asked'));
  };
  return { url, ask, kill, ended: ended! };
}

const drawn = (page: Page, frame: number) =>
  page.locator(`html[data-frame="${frame}"]`).waitFor({ state: 'attached' });
const says = (page: Page, text: string) => page.locator('#state', { hasText: text }).waitFor();

describe('in a browser', () => {
  let show: Show | undefined;
  let page: Page | undefined;
  const requests: string[] = [];
  before(async () => {
    show = await start('threads', 2);
    page = await browser!.newPage({ viewport: { width: 1200, height: 900 }, colorScheme: 'light' });
    page.on('pageerror', (error) => requests.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && requests.push(message.text()));
    await page.route('**/*', async (route) => {
      const { host } = new URL(route.request().url());
      if (host !== new URL(show!.url).host) requests.push(route.request().url());
      await route.continue();
    });
  });

  it('frames arrive, each field with its name, range and step', async () => {
    await page!.goto(show!.url);
    show!.ask(1);
    await drawn(page!, 1);
    show!.ask(3);
    await drawn(page!, 3);
    assert.equal(await page!.title(), 'A test <of> views');
    assert.equal(await page!.locator('#step').textContent(), '3, time 0.3');
    assert.equal(await page!.locator('#state').textContent(), 'Live');
    assert.deepEqual(await page!.locator('figcaption b').allTextContents(), ['u', 'V.x', 'V.y']);
    // Centers of 40 cells: 3 · 0.5 / 40 to 3 · 39.5 / 40.
    assert.equal(await page!.locator('#field-0 .range').textContent(), 'from 0.0375 to 2.9625');
    assert.deepEqual(
      await page!.locator('.from').allTextContents(),
      ['0.0375', '−0.5', '0'],
      'the diverging scale has 0 in its middle, a given range is kept',
    );
    const labels = page!.getByRole('img', { name: 'u at step 3, from 0.0375 to 2.9625' });
    assert.equal(await labels.count(), 1);
  });

  it('a picture has the colors of its values, and so has what is seen of it', async () => {
    const shot = decode(await page!.locator('#field-0 .picture').screenshot());
    const at = (x: number, y: number) => {
      const start = shot.channels * (Math.floor(y * shot.height) * shot.width + Math.floor(x * shot.width));
      return [...shot.data.slice(start, start + 3)].map(Number);
    };
    const viridis = (t: number) => [1, 3, 5].map((i) => parseInt(interpolateViridis(t).slice(i, i + 2), 16));
    for (const x of [0.003, 0.25, 0.5, 0.75, 0.997]) {
      const t = Math.floor(40 * x) / 39;
      at(x, 0.5).forEach((part, i) =>
        assert.ok(Math.abs(part - viridis(t)[i]!) <= 3, `${x}: ${at(x, 0.5).join()}`),
      );
    }
    // Of the others a pixel is looked at: red is large, grey is no number, y points upwards.
    const pixel = (f: number, i: number, j: number) =>
      page!.evaluate(
        `[...document.querySelector('#field-${f} .picture').getContext('2d').getImageData(${i}, ${j}, 1, 1).data]`,
      );
    const red = (interpolateRdBu(0).match(/\d+/g) ?? []).map(Number);
    assert.deepEqual(await pixel(1, 40, 15), [...red, 255]);
    assert.deepEqual(await pixel(2, 3, 15), [128, 128, 128, 255]);
    // The nearest of 256 colors.
    const [top, bottom] = [Math.round(0.75 * 255) / 255, 0].map(viridis);
    assert.deepEqual(
      [await pixel(2, 30, 0), await pixel(2, 30, 30)],
      [
        [...top!, 255],
        [...bottom!, 255],
      ],
    );
  });

  it('the newest frame is there at once after a reload', async () => {
    await page!.reload();
    await drawn(page!, 3);
    assert.equal(await page!.locator('#step').textContent(), '3, time 0.3');
  });

  it('the keyboard reaches values and the pause', async () => {
    await page!.locator('#field-0 .picture').focus();
    await page!.keyboard.press('ArrowRight');
    assert.equal(await page!.locator('#spoken').textContent(), 'x = 0.5375, y = 0.3625: 1.613');
    await page!.getByRole('button', { name: 'Pause' }).press('Enter');
    show!.ask(4);
    await page!.evaluate(`fetch('frame')`);
    assert.equal(await page!.evaluate('document.documentElement.dataset.frame'), '3');
    await page!.getByRole('button', { name: 'Pause', pressed: true }).press('Enter');
    await drawn(page!, 4);
  });

  it('a phone needs no sideways scrolling, in dark and in light', async () => {
    const colors = new Set<string>();
    for (const colorScheme of ['dark', 'light'] as const) {
      await page!.emulateMedia({ colorScheme });
      await page!.setViewportSize({ width: 320, height: 640 });
      const wide = await page!.evaluate('document.documentElement.scrollWidth');
      assert.ok(Number(wide) <= 320, `${String(wide)} pixels`);
      const [ink, paper] = await page!.evaluate<[string, string]>(
        `(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))`,
      );
      assert.ok(contrast(ink, paper) >= 7, `${ink} on ${paper}`);
      colors.add(paper);
    }
    assert.equal(colors.size, 2);
  });

  it('the last frame is shown when the program closes the view, and no other host was asked', async () => {
    show!.ask('6 close');
    await says(page!, 'Finished');
    const { code, all } = await show!.ended;
    assert.equal(code, 0, all);
    assert.equal(await page!.evaluate('document.documentElement.dataset.frame'), '6');
    assert.deepEqual(requests, []);
  });
});

/** Contrast of two colors (WCAG 2.2, §1.4.6). */
function contrast(a: string, b: string): number {
  const luminance = (color: string) =>
    (color.match(/\d+/g) ?? [])
      .slice(0, 3)
      .map((part) => Number(part) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i]!, 0);
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe('on every fabric', () => {
  const frames: Buffer[] = [];
  for (const [fabric, n] of [
    ['solo', 1],
    ['threads', 4],
    ['openmpi', 3],
    ['mpich', 2],
  ] as const)
    it(`${n} on ${fabric}: one frame, a taken port told on all ranks, an end without close`, async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => other.once('listening', resolve));
      const { port } = other.address() as AddressInfo;
      const { url, ask, ended } = await start(fabric, n, { taken: [port] });
      const events = await fetch(`${url}events`);
      ask(2);
      const reader = events.body!.getReader();
      let heard = '';
      while (!/^data: \S+ 2$/m.test(heard)) heard += Buffer.from((await reader.read()).value).toString();
      frames.push(Buffer.from(await (await fetch(`${url}frame`)).arrayBuffer()));
      const elsewhere = await fetch(`${url}../secrets`);
      assert.equal(elsewhere.status, 404);
      ask('2 leave');
      const { code, stdout, all } = await ended;
      other.close();
      assert.equal(code, 0, all);
      for (let rank = 0; rank < n; rank++)
        assert.ok(
          stdout.includes(
            `rank ${rank}: ERR_PORT view: port ${port} of 127.0.0.1 is taken: give another, or 0 for any that is free\n`,
          ),
          all,
        );
      assert.deepEqual(frames.at(-1), frames[0]);
      const head = new Float64Array(
        frames[0]!.buffer.slice(frames[0]!.byteOffset, frames[0]!.byteOffset + 24),
      );
      assert.deepEqual([...head], [2, 2, 0.2]);
    });
});

it('browsers that read nothing hold up neither the program nor other browsers, and Ctrl-C ends all', async () => {
  const { url, ask, kill, ended } = await start('threads', 2, { cells: 800 });
  const { port } = new URL(url);
  ask(1);
  const stuck = connect(Number(port), '127.0.0.1');
  await new Promise((resolve) => stuck.once('connect', resolve));
  stuck.pause();
  const lines = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  stuck.write(lines('/frame').repeat(20) + lines('/events'));
  const page = await browser!.newPage();
  await page.goto(url);
  ask(12);
  await drawn(page, 12);
  stuck.on('error', () => undefined);
  kill('SIGINT');
  const { code, all } = await ended;
  assert.notEqual(code, 0, all);
  await says(page, 'Not connected');
  await assert.rejects(fetch(url));
  stuck.destroy();
});

it('large fields are shown by every n-th point, of three dimensions one plane', async () => {
  const cells = [2100, 3, 5] as const;
  const grid = uniformGrid(architecture(), { origin: [0, 0, 0], extent: [2100, 3, 5], cells });
  const f = field(grid, 'center');
  f.set((x, y, z) => (z === 1.5 ? x + 10_000 * y : NaN));
  const live = await view({ f }, { plane: 1, colors: 'turbo' });
  live.frame();
  const page = await (await fetch(live.url)).text();
  assert.match(page, /700 × 1 points, every 3rd, plane 1/);
  const frame = await (await fetch(`${live.url}frame`)).arrayBuffer();
  await live.close();
  const [number, step, time, least, most, from, to, colors] = new Float64Array(frame, 0, 8);
  assert.deepEqual([number, step, time, least, most], [1, 0, NaN, 5000.5, 27_099.5]);
  assert.deepEqual([from, to, colors], [least, most, 1]);
  const shades = new Uint16Array(frame, 64, 700);
  shades.forEach((shade, i) => assert.equal(shade, Math.round((65534 * 3 * i) / (27_099.5 - 5000.5))));
  assert.throws(() => live.frame(), { code: 'ERR_ARGUMENT', message: /closed/ });
  for (const [options, message] of [
    [{ port: -1 }, /port must be a whole number/],
    [{ port: 65_536 }, /port must be at most 65535/],
    [{ plane: 5 }, /5 is no plane of 5/],
    [{ range: { g: [0, 1] } }, /has no option 'g': did you mean 'f'\?/],
  ] as const)
    await assert.rejects(view({ f }, options), { code: 'ERR_ARGUMENT', message });
  const refused = await new Promise<IncomingMessage>((resolve, reject) => {
    const other = view({ f });
    other.then(({ url }) => get(url, { headers: { host: 'elsewhere.example' } }, resolve), reject);
    after(async () => (await other).close());
  });
  assert.equal(refused.resume().statusCode, 403);
});
