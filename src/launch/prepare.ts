import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildFailure, OnResolveResult, Plugin } from 'esbuild';
import { temporaryFolder } from '../internal/index.ts';
import { canMove } from './packages.ts';
import { DEFINE, ownModules, SCRIPT, specifierOf } from './own-modules.ts';
import { UsageError } from './usage-error.ts';

/** A script that ranks can import. */
export interface Prepared {
  /** File URL. */
  readonly url: string;
  /** It begins with what a worker thread does first, and is to be the thread's own file. */
  readonly starts: boolean;
  /** Its path, where it is a rank by itself (bundle.ts). */
  readonly file?: string;
  /** Removes what was written for it. */
  dispose(): void;
}

const TYPESCRIPT = /\.[mc]?tsx?$/;

/**
 * Transpiles a script and the modules of its own that it imports, once for all ranks. JavaScript runs as it is. For worker threads this package
 * goes into the same file: each of them would otherwise load some fifty.
 */
export async function prepare(script: string, forWorkers = false, within?: string): Promise<Prepared> {
  if (!TYPESCRIPT.test(script)) {
    return { url: pathToFileURL(script).href, starts: false, dispose: () => undefined };
  }
  const { path: folder, remove: dispose } = temporaryFolder(within);
  try {
    await compile(script, { begin: forWorkers ? starter(script) : undefined, folder, ownInside: forWorkers });
  } catch (error) {
    dispose();
    throw error;
  }
  return { url: pathToFileURL(join(folder, 'stdin.mjs')).href, starts: forWorkers, dispose };
}

/** What is made of a script, and where it goes. */
export interface Compilation {
  /** Text of the module to begin with; without it the script itself. */
  readonly begin: string | undefined;
  /** For `stdin.mjs` and what it shares with modules that are imported later; */
  readonly folder?: string;
  /** or one file for all, with the modules of packages that can go into it. */
  readonly outfile?: string;
  /** This package goes into the same file. */
  readonly ownInside: boolean;
}

/**
 * Transpiles a script and the modules of its own that it imports.
 *
 * @throws {UsageError} with what is wrong in it
 */
export async function compile(
  script: string,
  { begin, folder, outfile, ownInside }: Compilation,
): Promise<void> {
  const { build } = await import('esbuild');
  const output =
    outfile === undefined
      ? // Chunks not by the names of modules, in which `#` may stand.
        { outdir: folder!, outExtension: { '.js': '.mjs' }, splitting: true, chunkNames: 'chunk-[hash]' }
      : // A third less to read for each rank.
        { outfile, minifyWhitespace: true };
  const entry =
    begin === undefined
      ? { entryPoints: { stdin: specifierOf(script) } }
      : { stdin: { contents: begin, resolveDir: dirname(script) } };
  await build({
    ...entry,
    ...output,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    keepNames: true,
    logLevel: 'silent',
    define: DEFINE,
    plugins: [modules(script, ownInside, outfile !== undefined)],
  }).catch(async (error: unknown) => {
    throw await explain(error as BuildFailure);
  });
}

/** What the file of a worker thread does. */
function starter(script: string): string {
  const start = fileURLToPath(new URL('dist/launch/rank-start.js', PACKAGE));
  return `import ${JSON.stringify(start)}; await import(${JSON.stringify(specifierOf(script))});`;
}

async function explain(failure: BuildFailure): Promise<Error> {
  const { formatMessages } = await import('esbuild');
  if (!Array.isArray(failure.errors)) return failure;
  const messages = await formatMessages(failure.errors, { kind: 'error', color: process.stderr.isTTY });
  return new UsageError(`the script cannot be run\n${messages.join('\n').trimEnd()}`);
}

/** The folder of this package. */
export const PACKAGE: URL = new URL('../../', import.meta.url);

/**
 * Modules of packages stay outside, at the places where the importing file finds them, but for those that one file can hold; the user's
 * own keep their import.meta.
 */
const modules = (script: string, ownInside: boolean, packagesInside: boolean): Plugin => ({
  name: 'flotilla',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${SCRIPT}$`) }, () => ({ path: script }));
    build.onResolve({ filter: /^flotilla(\/|$)/ }, ({ path }) => own(path, ownInside));
    build.onResolve({ filter: /^[^./]/ }, async (args): Promise<OnResolveResult | undefined> => {
      const { path, pluginData } = args as { path: string; pluginData: unknown };
      if (
        pluginData === RESOLVING ||
        path.startsWith('flotilla-') ||
        /^(node:)?worker_threads$/.test(path) ||
        path.startsWith('node:') ||
        args.kind === 'entry-point'
      )
        return undefined;
      const { resolveDir, kind, importer } = args;
      const found = await build.resolve(path, { resolveDir, kind, importer, pluginData: RESOLVING });
      if (found.errors.length > 0 || found.external || TYPESCRIPT.test(found.path)) return found;
      if (!found.path.includes('node_modules')) return found;
      if (packagesInside && kind !== 'require-call' && (await canMove(build, found.path))) return found;
      return { path: pathToFileURL(found.path).href, external: true };
    });
    ownModules(build);
  },
});

const RESOLVING = Symbol('resolving');

/** This package itself, by the exports of its package.json, so that there is one copy of it in a rank. */
function own(specifier: string, inside: boolean): OnResolveResult {
  const { exports } = JSON.parse(readFileSync(new URL('package.json', PACKAGE), 'utf8')) as {
    exports: Record<string, { default: string } | string>;
  };
  const entry = exports[specifier.replace(/^flotilla/, '.')];
  if (entry === undefined) return { errors: [{ text: `"${specifier}" is not exported by flotilla` }] };
  const file = typeof entry === 'string' ? entry : entry.default;
  const url = new URL(file, PACKAGE);
  return inside ? { path: fileURLToPath(url) } : { path: url.href, external: true };
}
