import { fileURLToPath } from 'node:url';
import { relative } from 'node:path';

/** Frames inside this package's own code are not the user's: this file lies two folders below its root. */
const OWN = ['../..'].map((up) => fileURLToPath(new URL(up, import.meta.url)));
const LIBRARY = OWN.flatMap((root) => [`${root}src/`, `${root}dist/`]);

const isOurs = (file: string): boolean => {
  if (file.startsWith('node:') || file.includes('node:internal')) return true;
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return LIBRARY.some((root) => path.startsWith(root));
};

/** The file:line:column of the user's code in a stack, relative to the working folder; '' when there is none. */
export function userLine(error: { stack?: string }): string {
  for (const line of error.stack?.split('\n').slice(1) ?? []) {
    const place = /\(?((?:file:\/\/)?\/[^()]*:\d+:\d+)\)?$/.exec(line.trim())?.[1];
    if (place === undefined) continue;
    const [, file = '', position = ''] = /^(.*?)(:\d+:\d+)$/.exec(place) ?? [];
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    if (isOurs(path)) continue;
    const short = relative(process.cwd(), path);
    return (short.startsWith('..') ? path : short) + position;
  }
  return '';
}

/** Where source maps come in (launch/source-maps.ts). */
const formatter: { prepareStackTrace?: ((error: Error, sites: NodeJS.CallSite[]) => unknown) | undefined } =
  Error;

/** The places of a stack that nobody has looked at yet, a line each, as they are without source maps. */
export function placesOf(site: Error): string {
  const prepare = formatter.prepareStackTrace;
  formatter.prepareStackTrace = (_error, sites) =>
    sites.map((each) => `${each.getFileName()}:${each.getLineNumber()}:${each.getColumnNumber()}`).join('\n');
  const places = site.stack ?? '';
  formatter.prepareStackTrace = prepare;
  return places;
}

/** As userLine, of places that another thread has noted. */
export function userLineOf(places: string): string {
  const sites = places.split('\n').map((place) => {
    const [, file, line, column] = /^(.*):(\d+):(\d+)$/.exec(place) ?? [];
    // As much of a call site as source maps take.
    return {
      getFileName: () => file,
      getLineNumber: () => Number(line),
      getColumnNumber: () => Number(column),
      toString: () => place,
    } as NodeJS.CallSite;
  });
  const stack = formatter.prepareStackTrace?.(new Error(), sites);
  return userLine({ stack: typeof stack === 'string' ? stack : `\n${places}` });
}

/** As userLine, of the call under way. */
export function userLineNow(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const line = userLine(new Error());
  Error.stackTraceLimit = limit;
  return line;
}

/** The first calls are always noted, later ones not more often than this: a stack costs 2 µs. */
const ALWAYS_NOTED = 200;
const NOTE_EVERY_MS = 10;
const FRAMES = 20;
/** Calls that go by without a look at the clock, which costs as much as a small message. */
const MOST_PASSED = 63;

/** Notes from where calls were made, for reports that come when the call is long over. */
export class CallSites {
  #calls = 0;
  #last = 0;
  #passing = 0;
  #pass = 0;

  note(): Error | undefined {
    if (++this.#calls > ALWAYS_NOTED) {
      if (--this.#pass >= 0) return undefined;
      const now = performance.now();
      const soon = now - this.#last < NOTE_EVERY_MS;
      this.#passing = soon ? Math.min(2 * this.#passing + 1, MOST_PASSED) : this.#passing >> 1;
      this.#pass = this.#passing;
      if (soon) return undefined;
      this.#last = now;
    }
    return siteNow(FRAMES);
  }
}

/** The call under way, its `frames` innermost functions; cheap as long as nobody looks at its stack. */
export function siteNow(frames: number): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  const site = new Error();
  Error.stackTraceLimit = limit;
  return site;
}
