/** The lint of imports, against rooms planted for it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { it } from 'node:test';
import { ROOT } from '../harness/launch.ts';

/** What the check says of these files, a fault a line without its prefix. */
async function faults(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-floors-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, 'src', name)), { recursive: true });
      writeFileSync(join(folder, 'src', name), text);
    }
    return await new Promise((resolve, reject) => {
      execFile(process.execPath, [`${ROOT}scripts/check-floors.js`, folder], (error, stdout, stderr) => {
        const said = stderr.split('\n').filter((line) => line !== '');
        if ((error === null) === (said.length === 0) && said.every((line) => line.startsWith('floors: ')))
          resolve(said.map((line) => line.slice('floors: '.length)).sort());
        else reject(new Error(stdout + stderr, { cause: error }));
      });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const SOUND = {
  'internal/index.ts': 'export const a = 1;',
  'internal/native-build.ts': 'export const b = 1;',
  'comm/index.ts': "import { a } from '../internal/index.ts'; export const c = a;",
  'kernel/index.ts': "import { b } from '../internal/native-build.ts'; export const k = b;",
  'grid/index.ts': "export type { Field } from './field.ts';",
  'grid/field.ts':
    "import { c } from '../comm/index.ts'; import { k } from '../kernel/index.ts'; export type Field = [typeof c, typeof k];",
};

it('accepts rooms that import downward', async () => assert.deepEqual(await faults(SOUND), []));

it('refuses planted cycles, of types too, upward imports, and imports past an index', async () => {
  const found = await faults({
    ...SOUND,
    'grid/field.ts': "import type { Halo } from './halo.ts'; export type Field = Halo;",
    'grid/halo.ts':
      "import type { Field } from './field.ts'; import '../kernel/inside.ts'; export type Halo = Field[];",
    'kernel/inside.ts': "import '../comm/index.ts'; import '../linalg/index.ts';",
    'linalg/index.ts': 'export {};',
    'internal/random.ts': "import '../comm/index.ts';",
    'comm/group.ts': "import '../grid/index.ts';",
    'launch/cli.ts': "import '../grid/field.ts'; import '../linalg/index.ts';",
    'loop/one.ts': "import './two.ts'; export {};",
    'loop/two.ts': "import './one.ts'; export {};",
  });
  const upward = (room: string, may: string) => `is not allowed: ${room}/ may import ${may}`;
  const past = (room: string) => `is not allowed: other rooms import ${room}/index.ts only`;
  const expected = [
    `src/comm/group.ts -> src/grid/index.ts ${upward('comm', 'internal, codec, fabric')}`,
    'src/grid/field.ts is on an import cycle',
    'src/grid/halo.ts is on an import cycle',
    `src/grid/halo.ts -> src/kernel/inside.ts`,
    `src/internal/random.ts -> src/comm/index.ts`,
    `src/kernel/inside.ts -> src/comm/index.ts ${upward('kernel', 'internal')}`,
    `src/kernel/inside.ts -> src/linalg/index.ts ${upward('kernel', 'internal')}`,
    `src/launch/cli.ts -> src/grid/field.ts ${past('grid')}`,
    'src/loop/one.ts is on an import cycle',
    'src/loop/two.ts is on an import cycle',
  ].sort();
  assert.equal(found.length, expected.length, found.join('\n'));
  found.forEach((fault, i) => assert.ok(fault.startsWith(expected[i]!), `${fault}\nnot\n${expected[i]!}`));
});
