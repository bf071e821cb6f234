import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import { OptionChecks } from '../../internal/index.ts';
import { GridError } from '../error.ts';
import { notInItem } from '../inside.ts';
import { loadChromatic } from '../out/chromatic.ts';
import { COLOR_NAMES, tableOf, type ColorName } from '../out/colors.ts';
import { fieldsByName, type NamedFields } from '../out/named.ts';
import { planeOf } from '../out/plane.ts';
import { onRoot } from '../out/together.ts';
import { Collector } from './collect.ts';
import { frameLayout, type FrameLayout } from './frame.ts';
import { NewestWriter, newestMemory } from './newest.ts';
import { pageOf } from './page.ts';
import { pictureOf, type Picture } from './picture.ts';
import type { ServerAnswer, ServerData } from './server.ts';

/** Where a live view is served and how fields are painted. */
export interface ViewOptions {
  /** 0, the default, takes any that is free. */
  readonly port?: number;
  /** Address to listen at; `'127.0.0.1'` by default, so that this machine alone sees it. `'0.0.0.0'`: anybody who reaches the machine. */
  readonly host?: string;
  /** Heading of the page; the program's name by default. */
  readonly title?: string;
  /** By default `'diverging'` where values have both signs, `'viridis'` otherwise. */
  readonly colors?: ColorName;
  /** Values of the first and the last color, of each frame's own range by default; for all fields, or by their names. */
  readonly range?: readonly [number, number] | Readonly<Record<string, readonly [number, number]>>;
  /** Of fields in three dimensions: index of the plane in z; by default the middle. */
  readonly plane?: number;
}

const check = new OptionChecks((operation, message) => new GridError('ERR_ARGUMENT', message, { operation }));
const OPTIONS = ['port', 'host', 'title', 'colors', 'range', 'plane'];
const MOST_PORT = 65535;

/** On rank 0: where frames are written and who serves them. */
interface Stage {
  readonly server: Worker;
  readonly newest: NewestWriter;
  readonly layout: FrameLayout;
}

/** A page that shows fields while a program runs. Made by `view()`. */
export class LiveView implements AsyncDisposable {
  /** Where the page is: the same on all ranks. */
  readonly url: string;
  readonly #collector: Collector;
  readonly #options: ViewOptions;
  readonly #names: readonly string[];
  #stage: Stage | undefined;
  #count = 0;
  #closed = false;

  /** @internal */
  constructor(
    url: string,
    pictures: ReadonlyMap<string, Picture>,
    options: ViewOptions,
    stage: Stage | undefined,
  ) {
    this.url = url;
    this.#names = [...pictures.keys()];
    const [first] = pictures.values();
    this.#collector = new Collector(first!.field.grid.topology.comm, [...pictures.values()]);
    this.#options = options;
    this.#stage = stage;
  }

  /** Frames so far. */
  get length(): number {
    return this.#count;
  }

  /**
   * Collective: shows the fields as they are now. It waits for no browser: one that is slow sees fewer frames, and the newest one in the end.
   *
   * @param step its number; by default how many frames have been shown
   * @param time of the simulation
   * @throws GridError ERR_ARGUMENT after `close`
   */
  frame(step: number = this.#count, time?: number): void {
    notInItem('view');
    if (this.#closed)
      throw new GridError('ERR_ARGUMENT', 'view: the view has been closed', { operation: 'view' });
    this.#count++;
    this.#collector.gather();
    if (this.#stage === undefined) return;
    const { server, newest, layout } = this.#stage;
    const { piece } = newest;
    new Float64Array(piece).set([this.#count, step, time ?? NaN]);
    this.#collector.paint(
      piece,
      layout,
      this.#names.map((name) => choiceOf(this.#options, name)),
    );
    if (newest.publish()) server.postMessage('frame');
  }

  /** Shows browsers the last frame, then ends the page's server. A second call does nothing more. Without it the server ends with the program, at once. */
  async close(): Promise<void> {
    this.#closed = true;
    const stage = this.#stage;
    this.#stage = undefined;
    if (stage === undefined) return;
    stage.server.ref();
    const ended = new Promise((resolve) => stage.server.once('exit', resolve));
    stage.server.postMessage('end');
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What was said about the colors of one field. */
function choiceOf({ colors, range }: ViewOptions, name: string) {
  const own = range === undefined ? undefined : isRange(range) ? range : range[name];
  return { ...(colors !== undefined && { colors }), ...(own !== undefined && { range: own }) };
}

const isRange = (range: NonNullable<ViewOptions['range']>): range is readonly [number, number] =>
  Array.isArray(range);

/**
 * Collective: a page on rank 0 that shows fields while the program runs, a frame a call of `frame`, at most 1024 points along a side. It is served by a thread of
 * its own, so it also answers while the time loop never awaits. The page asks no other host for anything. Needs the package d3-scale-chromatic.
 *
 * @throws GridError ERR_ARGUMENT for options that make no sense; ERR_PORT on all ranks where the port is taken or forbidden; ERR_FILE without the package
 * @example
 * await using live = await view({ u, v }, { port: 8080 });
 * for (let step = 0; step < 1000; step++) {
 *   launch(react, { u, v, uNext, vNext });
 *   if (step % 20 === 0) live.frame(step);
 * }
 */
export async function view(named: NamedFields, options: ViewOptions = {}): Promise<LiveView> {
  notInItem('view');
  const { grid, fields } = fieldsByName('view', named);
  checkOptions(options, [...fields.keys()]);
  const plane = planeOf('view', grid, options.plane);
  const pictures = new Map([...fields].map(([name, field]) => [name, pictureOf(field, plane)]));
  const { comm } = grid.topology;
  // Packages are loaded, and the server started, before the call that all ranks wait in.
  const begun = comm.rank === 0 ? await begin(pictures, options) : undefined;
  const url = onRoot(comm, 'view', () => {
    if (begun instanceof GridError) throw begun;
    return begun!.url;
  });
  return new LiveView(url, pictures, options, begun instanceof GridError ? undefined : begun);
}

function checkOptions(options: ViewOptions, names: readonly string[]): void {
  check.names('view', options, OPTIONS);
  const { port = 0, colors, range } = options;
  check.wholeNumber('view', 'port', port, 0);
  if (port > MOST_PORT)
    throw new GridError('ERR_ARGUMENT', `view: port must be at most ${MOST_PORT}, not ${port}`, {
      operation: 'view',
    });
  if (colors !== undefined) check.oneOf('view', 'colors', colors, COLOR_NAMES);
  if (range !== undefined && !isRange(range)) check.names('view: range', range, names);
}

/** On rank 0: starts the server. */
async function begin(
  pictures: ReadonlyMap<string, Picture>,
  { port = 0, host = '127.0.0.1', title = basename(process.argv[1] ?? 'flotilla') }: ViewOptions,
): Promise<(Stage & { readonly url: string }) | GridError> {
  const chromatic = await loadChromatic('view');
  if (chromatic instanceof GridError) return chromatic;
  const layout = frameLayout([...pictures.values()]);
  const newest = new NewestWriter(newestMemory(layout.bytes));
  const run = randomUUID();
  const colors = COLOR_NAMES.map((name) => tableOf(name, chromatic));
  const { html, policy } = pageOf({ title, run, pictures, layout, colors });
  const workerData: ServerData = { host, port, memory: newest.memory, page: html, policy, run };
  const server = new Worker(new URL('./server.js', import.meta.url), { workerData, execArgv: [] });
  const answer = await new Promise<ServerAnswer>((resolve) => {
    server.once('message', resolve);
    server.once('error', (error) => resolve({ refused: { code: undefined, message: error.message } }));
  });
  if ('refused' in answer) {
    await server.terminate();
    const { code, message } = answer.refused;
    const why = code === 'EADDRINUSE' ? 'is taken: give another, or 0 for any that is free' : message;
    return new GridError('ERR_PORT', `view: port ${port} of ${host} ${why}`, { operation: 'view' });
  }
  // It ends with the program.
  server.unref();
  const name = host === '0.0.0.0' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return { server, newest, layout, url: `http://${name}:${answer.port}/` };
}
