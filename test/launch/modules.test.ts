/** Modules of the user's, as they stand in their files, on every fabric. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, describe, it } from 'node:test';
import { fillJobFolder, launch, ROOT, start, type FabricName } from '../harness/launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'modules-'));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

for (const kind of ['typed', 'untyped']) {
  mkdirSync(join(folder, kind, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, join(folder, kind, 'node_modules/flotilla'));
  write(
    `${kind}/node_modules/only-import/package.json`,
    '{ "exports": { ".": { "import": "./a.mjs" }, "./x/*": "./y/*.mjs" } }',
  );
  write(`${kind}/node_modules/only-import/a.mjs`, 'export {};');
  write(`${kind}/package.json`, kind === 'typed' ? '{ "type": "module" }' : '{}');
  write(
    `${kind}/tsconfig.json`,
    '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] }, "experimentalDecorators": true } }',
  );
  write(`${kind}/lib/aliased.ts`, 'export const aliased: string = "aliased";');
  write(`${kind}/data.json`, '{ "answer": 42 }');
  write(
    `${kind}/helper.cjs`,
    'const path = require("node:path"); exports.named = path.basename(__filename); exports.again = (name) => require(name).named;',
  );
  write(
    `${kind}/typed.cts`,
    'import path = require("node:path");\nconst at: string = path.basename(__dirname);\nfunction fails(): never {\n  throw new Error("in cts");\n}\nexport = { at, fails };',
  );
  write(
    `${kind}/w.ts`,
    "import { parentPort, workerData } from 'node:worker_threads';\nenum E { A = 7 }\nparentPort!.postMessage([workerData, E.A, import.meta.url]);",
  );
  const helper = kind === 'typed' ? '' : "import plain from './plain.js';\n";
  if (kind === 'untyped')
    write(`${kind}/plain.js`, 'const os = require("os"); module.exports = { plain: typeof os.cpus };');
  write(
    `${kind}/main.ts`,
    `#!/usr/bin/env node
import { Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { world } from 'flotilla';
import { aliased } from '@lib/aliased.ts';
import data from './data.json' with { type: 'json' };
import helper, { named } from './helper.cjs';
import typed from './typed.cts';
${helper}const __dirname = path.dirname(fileURLToPath(import.meta.url));
function dec(_: unknown, key: string): void { (globalThis as any).seen = key; }
class C { @dec m(): void {} }
const comm = world();
const worker = new Worker(new URL('./w.ts', import.meta.url), { workerData: { flat: 1 } });
const said = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
const { url, dirname } = import.meta;
let line = '';
try { typed.fails(); } catch (error) { line = (error as Error).stack!; }
if (comm.rank === comm.size - 1) console.log(JSON.stringify({
  text: 'use import.meta.url here', template: \`import.meta.\${1}\`, url, same: dirname === __dirname,
  resolved: ['./x.js', 'node:fs', 'fs', 'only-import', 'only-import/x/b'].map((name) => import.meta.resolve(name)),
  aliased, data, named, again: helper.again('./helper.cjs'), at: typed.at, said, seen: (globalThis as any).seen,
  cts: /typed\\.cts:4:\\d+/.test(line), own: /main\\.ts:${kind === 'typed' ? 18 : 19}:\\d+/.test(line)${kind === 'typed' ? '' : ', plain: plain.plain'}, C: C.name,
}));
`,
  );
}

function check(kind: string, stdout: string, all: string): void {
  const at = pathToFileURL(join(folder, kind)).href;
  assert.deepEqual(
    JSON.parse(stdout),
    {
      text: 'use import.meta.url here',
      template: 'import.meta.1',
      url: `${at}/main.ts`,
      same: true,
      resolved: [
        `${at}/x.js`,
        'node:fs',
        'node:fs',
        `${at}/node_modules/only-import/a.mjs`,
        `${at}/node_modules/only-import/y/b.mjs`,
      ],
      aliased: 'aliased',
      data: { answer: 42 },
      named: 'helper.cjs',
      again: 'helper.cjs',
      at: kind,
      said: [{ flat: 1 }, 7, `${at}/w.ts`],
      seen: 'm',
      cts: true,
      own: true,
      ...(kind === 'untyped' && { plain: 'function' }),
      C: 'C',
    },
    all,
  );
}

describe('one file of a job', () => {
  for (const kind of ['typed', 'untyped']) {
    it(`a package ${kind === 'typed' ? 'of modules' : 'without a type'}`, async () => {
      const script = join(folder, kind, 'main.ts');
      const job = join(folder, `job ${kind} #%`);
      await fillJobFolder(script, job, 'mpich');
      for (const fabric of ['threads', 'mpich'] as const) {
        const { stdout, all } = await launch(fabric, 2, script, [], { run: ['--job', job] });
        check(kind, stdout, all);
      }
    });
  }
});

it('packages: modules go into the file of a job, addons and CommonJS stay where they are', async () => {
  const at = (name: string) => `typed/node_modules/${name}`;
  const packageOf = (name: string, more: object) =>
    write(`${at(name)}/package.json`, JSON.stringify({ name, main: 'index.js', ...more }));
  packageOf('moves', { type: 'module' });
  write(
    `${at('moves')}/index.js`,
    "import { readFileSync } from 'node:fs';\nimport { half } from './half.js';\n" +
      "export { half }; export const beside = readFileSync(new URL('./beside.txt', import.meta.url), 'utf8');",
  );
  write(`${at('moves')}/half.js`, 'export const half = (x) => x / 2;');
  write(`${at('moves')}/beside.txt`, 'beside');
  packageOf('common', {});
  write(
    `${at('common')}/index.js`,
    'exports.__esModule = true; exports.default = 1; exports.dir = __dirname;',
  );
  packageOf('addon', { type: 'module' });
  write(
    `${at('addon')}/index.js`,
    "import { createRequire } from 'node:module';\nexport const load = () => createRequire(import.meta.url)('./build/addon.node');\nexport const place = import.meta.url;",
  );
  const script = write(
    'typed/packages.ts',
    "import { half, beside } from 'moves';\nimport common from 'common';\nimport { place, load } from 'addon';\n" +
      "let error = '';\ntry { load(); } catch (e) { error = (e as Error).message.split('\\n')[0]!; }\n" +
      'console.log(JSON.stringify([half(3), beside, common, place, error]));',
  );
  const job = join(folder, 'packages');
  await fillJobFolder(script, job, 'mpich');
  const text = readFileSync(join(job, 'rank.mjs'), 'utf8');
  assert.ok(text.includes('x/2') && !text.includes('addon.node'));
  const { stdout, all } = await launch('threads', 1, script, [], { run: ['--job', job] });
  const [half, beside, common, place, error] = JSON.parse(stdout || all) as unknown[];
  assert.deepEqual([half, beside], [1.5, 'beside']);
  assert.deepEqual(common, { default: 1, dir: join(folder, at('common')), __esModule: true });
  assert.equal(place, pathToFileURL(join(folder, at('addon'), 'index.js')).href);
  assert.match(String(error), new RegExp(`Cannot find module '\\./build/addon\\.node'`));
});

const FABRICS: FabricName[] = ['solo', 'threads', 'openmpi', 'mpich'];
for (const fabric of FABRICS) {
  describe(fabric, () => {
    for (const kind of ['typed', 'untyped']) {
      it(`a package ${kind === 'typed' ? 'of modules' : 'without a type'}`, async () => {
        const { stdout, all } = await launch(fabric, 2, join(folder, kind, 'main.ts'));
        check(kind, stdout, all);
      });
    }
    for (const name of ['a#b.ts', 'a?b.ts', 'a%20b.ts', 'a"b.ts', "a'b c.ts", 'a#?%".mjs']) {
      it(`a script called ${name}`, async () => {
        const text =
          "import { world } from 'flotilla';\nif (world().rank > 0 || world().size === 1) { console.log(import.meta.url); throw new Error('here'); }\nelse world().recv(1);";
        const path = write(`typed/${name}`, text);
        const { stdout, stderr } = await launch(fabric, 2, path);
        assert.equal(stdout.trim(), pathToFileURL(path).href, stderr);
        const shown = name.endsWith('.mjs') ? pathToFileURL(path).href : path;
        assert.ok(stderr.includes(`${shown}:2:`), stderr);
      });
    }
  });
}

it('node --import flotilla/register in a package without a type', async () => {
  const path = write(
    'untyped/alone.ts',
    "import { world } from 'flotilla';\nimport plain from './plain.js';\nconst size: number = world().size;\nconsole.log(size, plain.plain);",
  );
  const { stdout, all } = await start('bash', [
    '-c',
    `cd '${dirname(path)}' && '${process.execPath}' --import flotilla/register '${path}'`,
  ]);
  assert.equal(stdout, '1 function\n', all);
});
