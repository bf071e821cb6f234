// Compiles the WebAssembly of src/linalg into dist, as text within a module, so that a bundle carries it along.
import { readFileSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import asc from 'assemblyscript/asc';

const SOURCE = new URL('../src/linalg/kernels/assembly/', import.meta.url);
const OUT = new URL('../dist/linalg/kernels/', import.meta.url);
const FLAGS = '--runtime stub --importMemory --noAssert -O3 --converge --enable simd'.split(' ');

const names = [
  'index',
  'vectors',
  'rows',
  'random',
  'spin-jobs',
  'spin-diagonal',
  'spin-real',
  'spin-complex',
  'sectors',
];
const sources = Object.fromEntries(
  names.map((name) => [`${name}.ts`, readFileSync(new URL(`${name}.ts`, SOURCE), 'utf8')]),
);
const hash = createHash('sha256')
  .update(JSON.stringify([sources, FLAGS, asc.version]))
  .digest('hex');
const target = new URL('binary.js', OUT);
const stamp = `// ${hash}\n`;

// Half a second that most builds need not spend.
if (!existsSync(target) || !readFileSync(target, 'utf8').startsWith(stamp)) {
  let binary;
  const { error, stderr } = await asc.main(['index.ts', '--outFile', 'kernels.wasm', ...FLAGS], {
    readFile: (name) => sources[name] ?? null,
    writeFile: (_, content) => void (binary = content),
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr}`);
  mkdirSync(OUT, { recursive: true });
  const text = Buffer.from(binary).toString('base64');
  writeFileSync(target, `${stamp}export const binary = '${text}';\n`);
}
