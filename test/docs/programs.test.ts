/** The programs of all pages compile and run; commands have the options they show; links lead somewhere. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CLI, launch, ROOT, start, type FabricName } from '../harness/launch.ts';
import { PAGES, programOf } from './pages.ts';

/** Pages of what does not depend on who carries messages: one fabric is enough. */
const OVER_THREADS = ['experiment.ts', 'grid.ts', 'kernel.ts', 'linalg.ts', 'spawn.ts'];
/** Programs of one process, which start what they need. */
const ALONE = ['pool.ts'];
const RANKS = 4;

const folder = mkdtempSync(join(tmpdir(), 'docs-'));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'node_modules'));
symlinkSync(ROOT, join(folder, 'node_modules/flotilla'));
copyFileSync(new URL('./all.ts', import.meta.url), join(folder, 'all.ts'));
const programs: string[] = [];
for (const page of PAGES) {
  if (page.program !== undefined) {
    programs.push(programOf(page));
    writeFileSync(join(folder, programOf(page)), page.program);
  }
  for (const [name, text] of page.files) writeFileSync(join(folder, name), text);
}
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    compilerOptions: {
      strict: true,
      target: 'ES2022',
      lib: ['ES2023', 'ES2024.SharedMemory', 'ESNext.Disposable'],
      module: 'NodeNext',
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
      skipLibCheck: true,
      noEmit: true,
      allowImportingTsExtensions: true,
    },
    include: ['*.ts'],
  }),
);

describe('programs of the pages', { concurrency: false }, () => {
  it('compile', async () => {
    const { code, all } = await start(process.execPath, [
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      '-p',
      folder,
    ]);
    assert.equal(code, 0, all);
  });

  const run = async (fabric: FabricName, script: string, args: readonly string[]) => {
    const ran = await launch(fabric, RANKS, join(folder, script), args, { cwd: folder, sinceOutput: true });
    assert.equal(ran.code, 0, ran.all);
    assert.doesNotMatch(ran.stderr, /flotilla: /, ran.all);
    return ran;
  };
  for (const fabric of ['threads', 'openmpi', 'mpich'] as const) {
    const names = programs.filter(
      (name) => !ALONE.includes(name) && (fabric === 'threads' || !OVER_THREADS.includes(name)),
    );
    it(`run on ${RANKS} ranks, ${fabric}`, async () => {
      const { stdout } = await run(fabric, 'all.ts', names);
      for (const name of names) assert.ok(stdout.includes(`passed: ${name}\n`), name);
    });
  }
  for (const name of ALONE)
    it(`${name} in one process`, async () => {
      await run('solo', name, []);
    });
});

describe('commands of the pages', () => {
  it('have the options they show', async () => {
    const options = new Map<string, Set<string>>();
    const optionsOf = async (command: string) => {
      const { all } = await start(process.execPath, [CLI, ...command.split(' ').filter(Boolean), '--help']);
      return new Set(Array.from(all.matchAll(/(?<=^ {2}|, )--?[a-z][\w-]*/gm), ([option]) => option));
    };
    let found = 0;
    for (const { name, commands } of PAGES) {
      for (const line of commands) {
        const command = /(?:^|\s)flotilla ((?:run|job \w+|kernel show|report|doctor)\b)?([^#]*)/.exec(line);
        if (command === null) continue;
        const [, of = '', rest = ''] = command;
        if (!options.has(of)) options.set(of, await optionsOf(of));
        for (const word of rest.split(/\s+/)) {
          // What follows the script is its own.
          if (/^[\w./-]+[.]ts$|^SCRIPT$/.test(word)) break;
          const [option] = /^--?[a-z][\w-]*/.exec(word) ?? [];
          if (option === undefined) continue;
          assert.ok(options.get(of)!.has(option), `${name}: '${line}': flotilla ${of} has no ${option}`);
          found++;
        }
      }
    }
    assert.ok(found > 20, `only ${found} options were found`);
  });

  it('are in the company of JSON that is some, and of links that lead somewhere', () => {
    for (const { name, text, json } of PAGES) {
      for (const each of json) JSON.parse(each);
      for (const [, target] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g))
        if (!/^https?:/.test(target!))
          assert.ok(existsSync(join(ROOT, dirname(name), target!)), `${name}: ${target}`);
    }
  });
});
