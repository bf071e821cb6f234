/** Tells Node that TypeScript with imports and exports is a module where its package says nothing: tsx would make CommonJS of it, which cannot wait for this package. */
import type { ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const formats = new Map<string, Promise<string | undefined>>();

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const resolved = await nextResolve(specifier, context);
  const url = resolved.url.replace(/[?#].*$/, '');
  if (!/\.tsx?$/.test(url) || resolved.format !== 'commonjs') return resolved;
  let format = formats.get(url);
  if (format === undefined) formats.set(url, (format = formatOf(fileURLToPath(url))));
  return (await format) === 'esm' ? { ...resolved, format: 'module' } : resolved;
};

async function formatOf(file: string): Promise<string | undefined> {
  const plan = {
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    logLevel: 'silent',
  } as const;
  const { metafile } = await build({
    ...plan,
    entryPoints: [file],
    external: ['./*', '../*', '/*'].map((path) => path),
    format: 'esm',
    platform: 'node',
  }).catch(() => ({ metafile: { inputs: {} } }));
  return Object.values(metafile.inputs)[0]?.format;
}
