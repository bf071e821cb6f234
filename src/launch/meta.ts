import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { LaunchError } from './error.ts';

const OPERATION = 'import.meta.resolve';

/** `import.meta` of a module that stands in a bundle: that of its own file. */
export function metaOf(file: string): ImportMeta {
  const url = pathToFileURL(file).href;
  const resolve = (specifier: string) => resolveFrom(specifier, url);
  return { url, filename: file, dirname: dirname(file), resolve };
}

/** import.meta.resolve as Node's documentation of ECMAScript modules has it ("Resolution Algorithm Specification"). */
function resolveFrom(specifier: string, parent: string): string {
  if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, parent).href;
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
  if (URL.canParse(specifier)) return new URL(specifier).href;
  const [, name = specifier, rest = ''] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(specifier) ?? [];
  for (let folder = new URL('.', parent); ; folder = new URL('..', folder)) {
    const at = new URL(`node_modules/${name}/`, folder);
    const found = existsSync(new URL('package.json', at)) ? within(at, `.${rest}`) : undefined;
    if (found !== undefined) return found;
    if (folder.pathname === new URL('..', folder).pathname) break;
  }
  const message = `Cannot find package '${name}' imported from ${fileURLToPath(parent)}`;
  throw new LaunchError('ERR_MODULE_NOT_FOUND', message, OPERATION);
}

type Target = string | null | readonly Target[] | { readonly [condition: string]: Target };

function within(folder: URL, subpath: string): string | undefined {
  const { exports, main } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
    exports?: Target;
    main?: string;
  };
  if (exports == null) return new URL(subpath === '.' ? (main ?? 'index.js') : subpath, folder).href;
  const map = isSubpaths(exports) ? exports : { '.': exports };
  const pattern = Object.keys(map)
    .filter((key) => key.includes('*'))
    .sort((a, b) => b.indexOf('*') - a.indexOf('*'))
    .find((key) => {
      const [before = '', after = ''] = key.split('*');
      return subpath.startsWith(before) && subpath.endsWith(after) && subpath.length >= key.length - 1;
    });
  const key = subpath in map ? subpath : pattern;
  const target = key === undefined ? undefined : chosen(map[key]!);
  if (target === undefined) {
    const message = `Package subpath '${subpath}' is not exported by ${fileURLToPath(folder)}`;
    throw new LaunchError('ERR_PACKAGE_PATH_NOT_EXPORTED', message, OPERATION);
  }
  const [before = '', after = ''] = (key ?? '').split('*');
  const star = subpath.slice(before.length, subpath.length - after.length);
  return new URL(target.replaceAll('*', star), folder).href;
}

function isSubpaths(exports: Target): exports is Readonly<Record<string, Target>> {
  return (
    typeof exports === 'object' &&
    !Array.isArray(exports) &&
    Object.keys(exports ?? {})[0]?.startsWith('.') === true
  );
}

const CONDITIONS = new Set(['node', 'node-addons', 'import', 'module-sync', 'default']);

function chosen(target: Target): string | undefined {
  if (target === null || typeof target === 'string') return target ?? undefined;
  const options = Array.isArray(target)
    ? (target as readonly Target[])
    : Object.entries(target).flatMap(([name, option]) => (CONDITIONS.has(name) ? [option] : []));
  for (const option of options) {
    const found = chosen(option);
    if (found !== undefined) return found;
  }
  return undefined;
}
