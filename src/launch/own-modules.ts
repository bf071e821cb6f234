import { readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Loader, OnLoadArgs, OnLoadResult, PluginBuild } from 'esbuild';

/** What a module's own `import.meta` is called in a bundle; its number, if any, is the bundler's. */
const META = '__importMeta';
const REQUIRE = '__requireOfModule';
const META_MODULE = 'flotilla-meta:';
const REQUIRE_MODULE = 'flotilla-require:';
const WORKERS = 'flotilla-workers';

const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
};
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Replaced where they are free names or syntax, never within texts: esbuild does that in its tree. Each module then imports what stands for it.
 */
export const DEFINE: Readonly<Record<string, string>> = {
  'import.meta': META,
  __dirname: `${META}.dirname`,
  __filename: `${META}.filename`,
};

/** Gives the user's modules what they would have as files of their own: `import.meta`, `require`, a Worker that starts TypeScript. */
export function ownModules(build: PluginBuild): void {
  for (const prefix of [META_MODULE, REQUIRE_MODULE]) {
    build.onResolve({ filter: new RegExp(`^${prefix}`) }, ({ path }) => ({
      path: path.slice(prefix.length),
      namespace: prefix,
    }));
  }
  build.onLoad({ filter: /.*/, namespace: META_MODULE }, ({ path }) => ({
    contents: `import { metaOf } from ${JSON.stringify(here('meta.js'))}; export const ${META} = metaOf(${JSON.stringify(path)});`,
    resolveDir: dirname(path),
  }));
  build.onLoad({ filter: /.*/, namespace: REQUIRE_MODULE }, ({ path }) => ({
    contents: `import { requireOf } from ${JSON.stringify(here('commonjs.js'))}; export const require = requireOf(${JSON.stringify(path)}, true);`,
    resolveDir: dirname(path),
  }));
  build.onResolve({ filter: /^(node:)?worker_threads$/ }, ({ namespace, importer, kind }) => {
    if (namespace === WORKERS || importer.startsWith(here('.')) || kind !== 'import-statement')
      return undefined;
    if (importer.startsWith(here('..'))) return undefined;
    return { path: 'worker_threads', namespace: WORKERS };
  });
  build.onLoad({ filter: /.*/, namespace: WORKERS }, () => ({
    contents:
      `import * as all from 'node:worker_threads'; import { Worker } from ${JSON.stringify(here('ts-worker.js'))};` +
      `export * from 'node:worker_threads'; export { Worker }; export default { ...all, Worker };`,
    resolveDir: here('.'),
  }));
  build.onLoad({ filter: /\.[mc]?[jt]sx?$/ }, (args) => load(build, args));
}

async function load({ esbuild }: PluginBuild, { path }: OnLoadArgs): Promise<OnLoadResult | undefined> {
  const source = readFileSync(path, 'utf8');
  if (!/import\.meta|\brequire\b|\bmodule\b|\bexports\b|__dirname|__filename/.test(source)) return undefined;
  const loader = LOADERS[extname(path)] ?? 'js';
  const resolveDir = dirname(path);
  const own = (more: string): OnLoadResult => ({ contents: `${source}\n${more}`, loader, resolveDir });
  if (path.startsWith(here('..'))) return own(importing(source.includes('import.meta'), false, path));
  const scan = await esbuild
    .build({
      stdin: { contents: source, loader, resolveDir, sourcefile: path },
      bundle: true,
      write: false,
      metafile: true,
      external: ['*'],
      format: 'esm',
      platform: 'node',
      logLevel: 'silent',
      define: { ...DEFINE, require: REQUIRE },
    })
    .catch(() => undefined);
  if (scan === undefined) return undefined; // the build itself says what is wrong
  const text = scan.outputFiles[0]!.text;
  const [meta, free] = [text.includes(META), text.includes(REQUIRE)];
  const format = Object.values(scan.metafile.inputs)[0]?.format;
  const commonJs =
    /\.c[jt]s$/.test(path) || format === 'cjs' || (format === undefined && (free || text.includes(META)));
  if (!commonJs || /\.m[jt]sx?$/.test(path)) return own(importing(meta, free, path));
  return {
    contents: `import { loadCommonJs } from ${JSON.stringify(here('commonjs.js'))}; module.exports = loadCommonJs(${JSON.stringify(path)});`,
    loader: 'js',
    resolveDir,
  };
}

/** Stands behind the module, so that its lines and columns stay; imports are done first wherever they stand. */
function importing(meta: boolean, require: boolean, path: string): string {
  return [
    meta ? `import { ${META} } from ${JSON.stringify(META_MODULE + path)};` : '',
    require ? `import { require } from ${JSON.stringify(REQUIRE_MODULE + path)};` : '',
  ].join('');
}

/** A name for the script where its path would mean something else to the bundler. */
export const SCRIPT = 'flotilla-script:main';

/** How a bundle imports the script. By its path the bundler finds its tsconfig.json too. */
export const specifierOf = (script: string): string => (/[#?]/.test(script) ? SCRIPT : script);
