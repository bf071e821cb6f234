/** The flotilla command as its users meet it. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CLI, launch, start } from '../harness/launch.ts';

const folder = mkdtempSync(join(tmpdir(), 'launch-'));
after(() => rmSync(folder, { recursive: true }));

function script(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const flotilla = (...args: string[]) => start(process.execPath, [CLI, ...args]);

describe('mistakes in the command end with 2 and one clear error', () => {
  const cases: [args: string[], text: RegExp][] = [
    [['run', '-n', '0', 'examples/hello.ts'], /'0' is invalid.*whole number/],
    [['run', '-n', 'abc', 'examples/hello.ts'], /'abc' is invalid/],
    [['run', 'examples/helo.ts'], /there is no script examples\/helo\.ts/],
    [['run', '--labl', 'examples/hello.ts'], /unknown option '--labl'\n\(Did you mean --label\?\)/],
    [['run'], /missing required argument 'script'/],
    [
      ['run', '--mpi', '-n', '5', '--hosts', 'a:2,b:2', 'examples/hello.ts'],
      /5 ranks do not fit: the hosts hold 4/,
    ],
    [['run', '-np', '2', 'examples/hello.ts'], /-np is written -n here/],
    [['run', '-n', '100000', 'examples/hello.ts'], /100000 ranks do not fit: over threads 1024 do/],
    [['run', '--mpi', '-n', '100000', 'examples/hello.ts'], /100000 ranks do not fit on one machine/],
    [['run', '--mpi=nosuch', 'examples/hello.ts'], /neither openmpi nor mpich nor the path/],
  ];
  for (const [args, text] of cases) {
    it(args.join(' '), async () => {
      const { code, stderr } = await flotilla(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, text);
      assert.doesNotMatch(stderr, /^ +at /m);
    });
  }
  it('a syntax error is told once, with its line', async () => {
    const { code, stderr } = await flotilla('run', '-n', '3', script('broken.ts', 'const x = ;\n'));
    assert.equal(code, 2);
    assert.equal(stderr.match(/Unexpected ";"/g)?.length, 1);
    assert.match(stderr, /broken\.ts:1:10/);
  });
  it('run inside a job', async () => {
    const { code, stderr } = await start('mpirun.mpich', [
      '-n',
      '1',
      process.execPath,
      CLI,
      'run',
      'examples/hello.ts',
    ]);
    assert.notEqual(code, 0);
    assert.match(stderr, /is a rank of a job already.*flotilla examples\/hello\.ts/s);
  });
});

it('--help and --version', async () => {
  assert.match((await flotilla('--help')).stdout, /run \[options\]/);
  assert.match((await flotilla('run', '--help')).stdout, /--mpi \[which\]/);
  assert.match((await flotilla('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
});

it('doctor finds both families', async () => {
  const { code, stdout } = await flotilla('doctor');
  assert.equal(code, 0);
  assert.match(stdout, /ok {2}Node\.js v/);
  assert.match(stdout, /Open MPI 4/);
  assert.match(stdout, /MPICH/);
  assert.match(stdout, /known fault in reductions .*Instead: reductions: our own operation/);
  assert.equal(stdout.match(/binding is built/g)?.length, 4);
  for (const kind of ['real', 'complex'])
    assert.match(
      stdout,
      new RegExp(
        `ok  SLEPc 3\\.\\d+.* for ${kind} numbers, 32-bit integers, built with Open MPI, with MUMPS`,
      ),
    );
});

const PROBE = `
import { world } from 'flotilla';
const comm = world();
enum Colour { Red = 7 }
if (comm.rank === comm.size - 1) {
  console.log(JSON.stringify({ args: process.argv.slice(2), script: process.argv[1], url: import.meta.url, colour: Colour.Red, set: process.env.SET ?? null }));
}
`;

for (const fabric of ['solo', 'threads', 'openmpi', 'mpich'] as const) {
  it(`arguments, import.meta and TypeScript: ${fabric}`, async () => {
    const path = script(`probe-${fabric}.ts`, PROBE);
    const { stdout, stderr } = await launch(fabric, 2, path, ['-n', 'x y', '--label', '--', '-']);
    assert.deepEqual(
      JSON.parse(stdout),
      {
        args: ['-n', 'x y', '--label', '--', '-'],
        script: path,
        url: `file://${path}`,
        colour: 7,
        set: null,
      },
      stderr,
    );
  });
}

for (const mpi of [[], ['--mpi=openmpi'], ['--mpi=mpich']]) {
  it(`--env and --label ${mpi.join('')}`, async () => {
    const path = script('probe.ts', PROBE);
    const { stdout } = await flotilla('run', '-n', '2', ...mpi, '--env', 'SET=a b', '--label', path);
    assert.match(stdout, /^\[1\] \{/);
    assert.match(stdout, /"set":"a b"/);
  });
}

it('--mpi before the script does not take it', async () => {
  const { code, stdout, all } = await flotilla('run', '-n', '2', '--mpi', 'examples/hello.ts');
  assert.equal(code, 0, all);
  assert.match(stdout, /rank 1 of 2/);
});

describe('the folder of compiled bindings', () => {
  const doctor = (cache: string) =>
    start(process.execPath, [CLI, 'doctor'], { env: { XDG_CACHE_HOME: cache } });
  it('is its owner’s alone', async () => {
    const cache = mkdtempSync(join(folder, 'cache-'));
    assert.match((await doctor(cache)).stdout, /binding is built/);
    assert.equal(statSync(join(cache, 'flotilla')).mode & 0o777, 0o700);
    // The same folder, then a file in it, that somebody else could write.
    const [file] = readdirSync(join(cache, 'flotilla'));
    chmodSync(join(cache, 'flotilla', file!), 0o666);
    assert.match((await doctor(cache)).stdout, /!!.*not safe to load from: .*node can be written by others/);
    chmodSync(join(cache, 'flotilla', file!), 0o755);
    chmodSync(join(cache, 'flotilla'), 0o770);
    assert.match(
      (await doctor(cache)).stdout,
      /!!.*not safe.*flotilla can be written by others \(mode 770\)/,
    );
    const env = { XDG_CACHE_HOME: cache };
    const run = await start(process.execPath, [CLI, 'run', '--mpi', '-n', '1', 'examples/hello.ts'], { env });
    assert.equal(run.code, 2, run.all);
    assert.match(run.stderr, /not safe to load from/);
  });
  it('is not somebody else’s', async () => {
    const cache = mkdtempSync(join(folder, 'cache-'));
    mkdirSync(join(cache, 'flotilla'), { mode: 0o755 });
    chownSync(join(cache, 'flotilla'), 65534, 65534);
    assert.match((await doctor(cache)).stdout, /!!.*belongs to user 65534/);
  });
});

it('JavaScript runs as it is', async () => {
  const { code, stdout } = await flotilla(
    'run',
    '-n',
    '2',
    script('plain.mjs', 'console.log(import.meta.url)'),
  );
  assert.equal(code, 0);
  assert.equal(stdout.trim().split('\n').length, 2);
});

it('under mpirun itself, with no launcher, and by node --import', async () => {
  for (const [mpirun, more] of [
    ['mpirun.openmpi', ['--oversubscribe']],
    ['mpirun.mpich', []],
  ] as const) {
    for (const command of [
      [process.execPath, CLI],
      ['npx', 'flotilla'],
    ]) {
      const { code, stdout, all } = await start(mpirun, [
        '-n',
        '3',
        ...more,
        ...command,
        'examples/hello.ts',
      ]);
      assert.equal(code, 0, all);
      assert.match(stdout, /rank 2 of 3/);
    }
  }
  const { stdout } = await start(process.execPath, ['--import', 'flotilla/register', 'examples/hello.ts']);
  assert.match(stdout, /rank 0 of 1/);
});

it("says so where a program in between has not passed the launcher's connection on", async () => {
  const env = { PMI_FD: '77', PMI_RANK: '0', PMI_SIZE: '1' };
  const { code, stderr } = await start(process.execPath, [CLI, 'examples/hello.ts'], { env });
  assert.notEqual(code, 0);
  assert.match(stderr, /connection does not reach this process/);
});

it('npx finds the command in a checkout', async () => {
  const { code, stdout } = await start('npx', ['flotilla', 'run', '-n', '2', 'examples/hello.ts']);
  assert.equal(code, 0);
  assert.match(stdout, /rank 1 of 2/);
});

it('leaves no temporary folder', async () => {
  const place = mkdtempSync(join(tmpdir(), 'left-'));
  const env = { TMPDIR: place };
  await start(process.execPath, [CLI, 'run', '-n', '2', 'examples/hello.ts'], { env });
  await start(process.execPath, [CLI, 'run', '-n', '2', script('throws.ts', 'throw new Error("x")')], {
    env,
  });
  assert.deepEqual(readdirSync(place), []);
  rmdirSync(place);
});

it('output is not lost before a rank blocks or exits', async () => {
  const path = script(
    'output.ts',
    `import { world } from 'flotilla';\nconsole.log('before', world().rank);\nif (world().rank === 0) process.exit(4);\nworld().recv(0);`,
  );
  const { code, stdout } = await flotilla('run', '-n', '2', path);
  assert.equal(code, 4);
  assert.match(stdout, /before 0/);
});
