/** What the start of ranks asks of a shared file system and of the machine: counts, not times. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CLI, fillJobFolder, launch, ROOT, start } from '../harness/launch.ts';
import { Server, type Asked } from './server.ts';

let server: Server;
/** As a user has it: a folder in a home, the package installed in it. */
const PROJECT = 'user/project';
before(async () => {
  server = await Server.start();
  mkdirSync(join(server.folder, PROJECT, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, join(server.folder, PROJECT, 'node_modules/flotilla'));
});
after(() => server.end());

/** Writes a file without a request, and gives its path in the mount. */
function write(name: string, text: string): string {
  writeFileSync(join(server.folder, PROJECT, name), text);
  return join(server.mount, PROJECT, name);
}

/** The command of a rank. */
async function commandOf(script: string, file: string): Promise<string[]> {
  const room = `${ROOT}dist/launch/rank-command.js`;
  const { rankCommand } = (await import(room)) as typeof import('../../src/launch/rank-command.ts');
  return rankCommand({ script, file });
}

describe('the file of a job', () => {
  for (const [family, ...mpirun] of [['openmpi', '--oversubscribe'], ['mpich']] as const) {
    it(`${family}: at most 60 requests and 2 opens for the start of a rank`, async () => {
      const script = write(
        'main.ts',
        "import { world, SUM } from 'flotilla';\nimport { more } from './more.ts';\nconst sum = world().allreduce(1, SUM);\nif (world().rank === 0) console.log(more(sum));",
      );
      write('more.ts', 'export const more = (n: number): string => `${n} ranks`;');
      const job = join(server.mount, PROJECT, '.flotilla', `${family}.1`);
      await fillJobFolder(script, job, family);
      const command = await commandOf(script, join(job, 'rank.mjs'));
      const binding = readdirSync(job).find((name) => name.endsWith('.node'))!;
      const requests = async (n: number): Promise<Asked[]> => {
        await server.asked();
        // Not by `flotilla run`, which writes down in the same folder how the job goes.
        const { stdout, all } = await start(`mpirun.${family}`, [...mpirun, '-n', String(n), ...command], {
          cwd: join(server.mount, PROJECT),
          env: { FLOTILLA_BINDING: join(job, binding) },
        });
        assert.equal(stdout, `${n} ranks\n`, all);
        return server.asked();
      };
      // What the launcher itself asks for is the same for both.
      const [one, three] = [await requests(1), await requests(3)];
      const opens = (asked: readonly Asked[]) => asked.filter(([name]) => name === 'open').length;
      const said = three.map((asked) => asked.join(' ')).join('\n');
      assert.ok((three.length - one.length) / 2 <= 60, `${one.length}, ${three.length}:\n${said}`);
      assert.ok((opens(three) - opens(one)) / 2 <= 2, said);
      assert.ok(one.length > 20, 'nothing was counted');
    });
  }

  it('runs what was submitted, whatever becomes of the source and the home', async () => {
    const script = write(
      'edited.ts',
      "import { world } from 'flotilla';\nimport { text } from './text.ts';\nif (world().rank === 0) console.log('first', text, world().size);",
    );
    write('text.ts', "export const text = 'one';");
    const job = join(server.folder, PROJECT, '.flotilla/edited.1');
    await fillJobFolder(script, job, 'mpich');
    write('edited.ts', "console.log('second');");
    rmSync(join(server.folder, PROJECT, 'text.ts'));
    // Root may write where nobody else can: a file has no folder in it for anybody.
    const home = write('home', '');
    const env = { HOME: home, XDG_CACHE_HOME: join(home, 'cache') };
    for (const fabric of ['mpich', 'threads'] as const) {
      const { stdout, all } = await launch(fabric, 2, script, [], { run: ['--job', job], env });
      assert.equal(stdout, 'first one 2\n', all);
    }
  });

  it('says so on a host that does not see it', async () => {
    const [command = '', ...args] = await commandOf('main.ts', '/nowhere/rank.mjs');
    const { code, stderr } = await start(command, args);
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /^flotilla: \/nowhere\/rank\.mjs is not seen on host \S+: the folder of a job must be on/,
    );
  });
});

it('8 ranks by hand and no cache: one of them asks which MPI it is and compiles, the others and later ones do not', async () => {
  const tools = join(server.folder, 'tools');
  mkdirSync(tools);
  const log = join(tools, 'log');
  for (const name of ['mpicc', 'mpirun', 'mpiexec']) {
    const real = `/usr/bin/${name}.mpich`;
    writeFileSync(
      join(tools, `${name}.mpich`),
      `#!/bin/sh\necho ${name} "$@" >> ${log}\nexec ${real} "$@"\n`,
    );
    chmodSync(join(tools, `${name}.mpich`), 0o755);
  }
  const env = { PATH: `${tools}:${process.env.PATH}`, XDG_CACHE_HOME: join(tools, 'cache') };
  const byHand = async (): Promise<string[]> => {
    writeFileSync(log, '');
    const args = ['-n', '8', process.execPath, CLI, 'examples/hello.ts'];
    const { stdout, all } = await start('/usr/bin/mpirun.mpich', args, { env });
    assert.equal(stdout.match(/^hello from rank \d of 8/gm)?.length, 8, all);
    return readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .filter((line) => line !== '');
  };
  const asked = await byHand();
  assert.equal(asked.filter((line) => line.includes(' -shared ')).length, 1, asked.join('\n'));
  assert.ok(asked.length <= 4, asked.join('\n')); // three questions before it
  assert.deepEqual(await byHand(), []);
});
