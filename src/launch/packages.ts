import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { PluginBuild } from 'esbuild';

/** Compilers, which this package loads when it is asked for a thread of TypeScript: they would be most of the file. */
const COMPILERS = /\/node_modules\/(tsx|esbuild)\//;

/** Addons and what finds them; imports of modules that only the running program knows. */
const BOUND_TO_ITS_PLACE = /\.node['"`]|\bnode-gyp-build\b|\bprebuild-install\b|\bimport\s*\(\s*[^\s'"`]/;

const answers = new Map<string, Promise<boolean>>();

/**
 * Whether a module of a package can go into the file of a job. CommonJS and what loads addons stays where it is and is loaded from
 * there; modules that read files beside them find them, since they keep their `import.meta`.
 *
 * @param path - resolved
 */
export function canMove(build: PluginBuild, path: string): Promise<boolean> {
  let answer = answers.get(path);
  if (answer === undefined) answers.set(path, (answer = decide(build, path)));
  return answer;
}

async function decide({ esbuild }: PluginBuild, path: string): Promise<boolean> {
  if (COMPILERS.test(path) || !isModule(path) || existsSync(join(packageOf(path), 'binding.gyp')))
    return false;
  const { metafile } = await esbuild
    .build({
      entryPoints: [path],
      bundle: true,
      write: false,
      metafile: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      absWorkingDir: '/',
      logLevel: 'silent',
    })
    .catch(() => ({ metafile: undefined })); // a kind of file that only Node, or a flag of it, knows
  if (metafile === undefined) return false;
  const files = Object.keys(metafile.inputs).map((file) => join('/', file));
  return files.every((file) => existsSync(file) && !BOUND_TO_ITS_PLACE.test(readFileSync(file, 'utf8')));
}

/** As Node decides it (packages.html, "Determining module system"). */
function isModule(path: string): boolean {
  const suffix = extname(path);
  if (suffix === '.mjs') return true;
  if (suffix !== '.js') return false;
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file))
      return (JSON.parse(readFileSync(file, 'utf8')) as { type?: string }).type === 'module';
    if (folder.endsWith('/node_modules')) return false;
  }
  return false;
}

/** The folder of the package that a file belongs to. */
function packageOf(path: string): string {
  const end = path.lastIndexOf('/node_modules/') + '/node_modules/'.length;
  const [first = '', second = ''] = path.slice(end).split('/');
  return join(path.slice(0, end), first, first.startsWith('@') ? second : '');
}
