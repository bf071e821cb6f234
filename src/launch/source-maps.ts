import { readFileSync } from 'node:fs';
import type { SourceMap, SourceMapPayload } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Loading it costs a worker thread 15 ms, so it waits for the first stack; Node before 20.16 has no way to do that. */
const nodeModule = 'getBuiltinModule' in process ? undefined : await import('node:module');

/**
 * Makes stacks name the lines of the sources. Node does that too (`process.setSourceMapsEnabled`), but parses the map of every module when it
 * loads it, 15 ms a rank; here a map is read when the first stack that needs it is looked at.
 */
export function mapStacks(): void {
  Error.prepareStackTrace = (error, sites) => {
    const lines = sites.map((site) => `\n    at ${mapped(site)}`);
    return `${headline(error)}${lines.join('')}`;
  };
}

/** The first line of a stack; getters of the error may throw. */
function headline(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}

interface Mapping {
  readonly url: string;
  readonly map: SourceMap;
}

const mappings = new Map<string, Mapping | undefined>();

function mapped(site: NodeJS.CallSite & { toString(): string }): string {
  const text = site.toString();
  const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()];
  if (!file || line === null || column === null) return text;
  if (!mappings.has(file)) mappings.set(file, mappingOf(file));
  const mapping = mappings.get(file);
  const origin = mapping?.map.findEntry(line - 1, column - 1);
  if (mapping === undefined || origin === undefined || !('originalSource' in origin)) return text;
  const source = fileURLToPath(new URL(origin.originalSource, mapping.url));
  return text.replace(
    `${file}:${line}:${column}`,
    `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`,
  );
}

/** The map that a file names in its last line, itself or beside it. */
function mappingOf(file: string): Mapping | undefined {
  if (!file.startsWith('file:') && !file.startsWith('/')) return undefined;
  try {
    if (/\.[mc]?tsx?$/.test(file)) return mappingOfHook(file);
    const url = file.startsWith('/') ? pathToFileURL(file) : new URL(file);
    const named = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(url, 'utf8'))?.[1];
    if (named === undefined) return undefined;
    const inside = /^data:application\/json[^,]*;base64,(.*)$/.exec(named)?.[1];
    const at = inside === undefined ? new URL(named, url) : url;
    const json = inside === undefined ? readFileSync(at, 'utf8') : Buffer.from(inside, 'base64').toString();
    const module = nodeModule ?? process.getBuiltinModule('node:module');
    return { url: at.href, map: new module.SourceMap(JSON.parse(json) as SourceMapPayload) };
  } catch {
    return undefined; // a stack with the lines of the output is better than an error about its map
  }
}

/** Of a TypeScript file that was transpiled when it was required. */
function mappingOfHook(file: string): Mapping | undefined {
  const module = nodeModule ?? process.getBuiltinModule('node:module');
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const map = module.findSourceMap(path);
  return map && { url: pathToFileURL(path).href, map };
}
