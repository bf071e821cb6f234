/** Job scripts against the options of five schedulers, and against the shells that read them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import {
  profileOptions,
  resolveJob,
  SCHEDULERS,
  writeScript,
  type JobOptions,
} from '../../src/cluster/scripts.ts';
import { flotilla } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'scripts-'));
after(() => rmSync(folder, { recursive: true }));
/** This package as it is found where it is installed. */
const installed = join(folder, 'installed');
mkdirSync(join(installed, 'node_modules/.bin/flotilla'), { recursive: true });

/** Characters that mean something to one shell or another. */
const SPECIAL = [
  '!',
  "'",
  '"',
  '\\',
  '$',
  '`',
  '\n',
  '~',
  '*',
  '?',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  ';',
  '&',
  '|',
  '<',
  '>',
  '#',
  '%',
  '=',
  '-',
  ' ',
];

type Scheduler = (typeof SCHEDULERS)[number];

function script(options: JobOptions, scheduler: Scheduler, args: readonly string[] = []): string {
  return writeScript(resolveJob({ node: 'node', ...options }, 'example.ts', args), scheduler, installed);
}

const golden = (name: string) => readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8');

/** The job of the William & Mary tutorial. */
const TUTORIAL: JobOptions = {
  name: 'demojob',
  nodes: 2,
  ranksPerNode: 12,
  walltime: '30m',
  feature: ['vortex'],
  shell: '/bin/tcsh',
  module: ['nodejs/20', 'mvapich2-ib'],
  unset: ['PYTHONPATH'],
  launcher: 'mvp2run',
};

const EVERYTHING: JobOptions = {
  ...TUTORIAL,
  shell: '/bin/bash',
  cpusPerRank: 2,
  walltime: '1h30m',
  mem: '64G',
  gpus: 4,
  queue: 'long',
  account: 'physics',
  output: 'demo.out',
  join: false,
  array: 100,
  atMost: 10,
  after: ['7', '8'],
  exclusive: true,
  mail: ['end', 'fail'],
  mailTo: 'me@wm.edu',
  inherit: true,
  chdir: '/scratch/my jobs',
  requeue: true,
  init: ['source /etc/profile.d/modules.sh'],
  env: { OMP_NUM_THREADS: '2', TITLE: "it's on" },
};

/** What is not everywhere. */
const SOME: Readonly<Record<Scheduler, JobOptions>> = {
  slurm: { qos: 'high', reservation: 'week', afterOk: ['9'], directive: ['--signal=B:USR2@120'] },
  pbs: { afterOk: ['9'] },
  torque: { qos: 'high', reservation: 'week', afterOk: ['9'] },
  sge: { reservation: 'week', directive: ['-notify'] },
  lsf: { qos: 'high', reservation: 'week', afterOk: ['9'], directive: ['-wa USR2 -wt 2'] },
};

describe('scripts', () => {
  for (const scheduler of SCHEDULERS) {
    it(`the tutorial's job for ${scheduler}`, () => {
      assert.equal(script(TUTORIAL, scheduler), golden(`tutorial.${scheduler}`));
    });
    it(`everything at once for ${scheduler}`, () => {
      const args = ['--points', '10 000'];
      assert.equal(
        script({ ...EVERYTHING, ...SOME[scheduler] }, scheduler, args),
        golden(`everything.${scheduler}`),
      );
    });
  }
});

/** Each option alone: directives that come, and `-` before those that go, beside those of a job with a name and 2 × 3 ranks. */
type Lines = readonly string[];
const OPTIONS: readonly (readonly [
  options: JobOptions,
  slurm: Lines,
  pbs: Lines,
  torque: Lines,
  sge: Lines,
  lsf: Lines,
])[] = [
  [
    { cpusPerRank: 4 },
    ['--cpus-per-task=4'],
    ['- -l select=2:ncpus=3:mpiprocs=3', '-l select=2:ncpus=12:mpiprocs=3:ompthreads=4'],
    ['- -l nodes=2:ppn=3', '-l nodes=2:ppn=12'],
    ['- -pe mpi 6', '-pe mpi 24'],
    ['-R "affinity[core(4)]"'],
  ],
  [
    { walltime: '30m' },
    ['--time=00:30:00'],
    ['-l walltime=00:30:00'],
    ['-l walltime=00:30:00'],
    ['-l h_rt=00:30:00'],
    ['-W 30'],
  ],
  [
    { walltime: '2-00:00:30' },
    ['--time=48:00:30'],
    ['-l walltime=48:00:30'],
    ['-l walltime=48:00:30'],
    ['-l h_rt=48:00:30'],
    ['-W 2881'],
  ],
  [
    { mem: '64G' },
    ['--mem=64G'],
    ['- -l select=2:ncpus=3:mpiprocs=3', '-l select=2:ncpus=3:mpiprocs=3:mem=64gb'],
    ['-l mem=128gb'],
    ['-l h_vmem=21846M'],
    ['-R "rusage[mem=64GB/host]"'],
  ],
  [
    { mem: '6G', sgeMemory: 'mem_free' },
    ['--mem=6G'],
    ['- -l select=2:ncpus=3:mpiprocs=3', '-l select=2:ncpus=3:mpiprocs=3:mem=6gb'],
    ['-l mem=12gb'],
    ['-l mem_free=2048M'],
    ['-R "rusage[mem=6GB/host]"'],
  ],
  [
    { gpus: 4 },
    ['--gpus-per-node=4'],
    ['- -l select=2:ncpus=3:mpiprocs=3', '-l select=2:ncpus=3:mpiprocs=3:ngpus=4'],
    ['- -l nodes=2:ppn=3', '-l nodes=2:ppn=3:gpus=4'],
    ['-l gpu=4'],
    ['-gpu "num=4"'],
  ],
  [{ queue: 'long' }, ['--partition=long'], ['-q long'], ['-q long'], ['-q long'], ['-q long']],
  [{ account: 'phys' }, ['--account=phys'], ['-A phys'], ['-A phys'], ['-P phys'], ['-P phys']],
  [
    { feature: ['vortex', 'ib'] },
    ['--constraint=vortex&ib'],
    ['- -l select=2:ncpus=3:mpiprocs=3', '-l select=2:ncpus=3:mpiprocs=3:vortex=True:ib=True'],
    ['- -l nodes=2:ppn=3', '-l nodes=2:vortex:ib:ppn=3'],
    ['-l vortex', '-l ib'],
    ['-R "select[vortex && ib]"'],
  ],
  [
    { output: 'log' },
    ['- --output=%x.%j.out', '--output=log'],
    [],
    [],
    ['- -o $JOB_NAME.$JOB_ID.out', '-o log'],
    ['- -o j.%J.out', '-o log'],
  ],
  [
    { join: false },
    ['--error=%x.%j.err'],
    ['- -j oe'],
    ['- -j oe'],
    ['- -j y', '-e $JOB_NAME.$JOB_ID.err'],
    ['-e j.%J.err'],
  ],
  [
    { array: 100, atMost: 10 },
    ['--array=0-99%10'],
    ['-J 0-99%10'],
    ['-t 0-99%10'],
    ['- -o $JOB_NAME.$JOB_ID.out', '-o $JOB_NAME.$JOB_ID.$TASK_ID.out', '-t 1-100', '-tc 10'],
    ['- -J j', '- -o j.%J.out', '-J "j[1-100]%10"', '-o j.%J.%I.out'],
  ],
  [
    { after: ['12'] },
    ['--dependency=afterany:12'],
    ['-W depend=afterany:12'],
    ['-W depend=afterany:12'],
    ['-hold_jid 12'],
    ['-w "ended(12)"'],
  ],
  [
    { exclusive: true },
    ['--exclusive'],
    ['- -l place=scatter', '-l place=scatter:excl'],
    ['-l naccesspolicy=singlejob'],
    ['-l exclusive'],
    ['-x'],
  ],
  [{ reservation: 'r' }, ['--reservation=r'], ['-q r'], ['-l advres=r'], ['-ar r'], ['-U r']],
  [
    { mail: ['end', 'fail'], mailTo: 'a@b' },
    ['--mail-type=END,FAIL', '--mail-user=a@b'],
    ['-m ea', '-M a@b'],
    ['-m ea', '-M a@b'],
    ['-m ea', '-M a@b'],
    ['-N', '-u a@b'],
  ],
  [
    { inherit: true },
    ['- --export=NONE', '--export=ALL'],
    ['-V'],
    ['-V'],
    ['-V'],
    ['- -env none', '-env all'],
  ],
  [{ requeue: true }, ['--requeue'], ['-r y'], ['-r y'], ['-r y'], ['-r', '-Q "75"']],
  [
    { shell: '/bin/tcsh' },
    [],
    ['- -S /bin/bash', '-S /bin/tcsh'],
    ['- -S /bin/bash', '-S /bin/tcsh'],
    ['- -S /bin/bash', '-S /bin/tcsh'],
    [],
  ],
  [
    { nodes: 1, threads: true },
    ['- --nodes=2', '- --ntasks-per-node=3', '--nodes=1', '--ntasks-per-node=1', '--cpus-per-task=3'],
    ['- -l select=2:ncpus=3:mpiprocs=3', '-l select=1:ncpus=3:mpiprocs=1:ompthreads=3'],
    ['- -l nodes=2:ppn=3', '-l nodes=1:ppn=3'],
    ['- -pe mpi 6', '-pe smp 3'],
    ['- -n 6', '- -R "span[ptile=3]"', '-n 3', '-R "span[hosts=1]"'],
  ],
];

describe('options', () => {
  const base: JobOptions = { name: 'j', nodes: 2, ranksPerNode: 3 };
  const directives = (text: string) =>
    text.split('\n').flatMap((line) => /^#(?:SBATCH|PBS|\$|BSUB) (.*)$/.exec(line)?.[1] ?? []);
  for (const [options, ...expected] of OPTIONS) {
    it(JSON.stringify(options), () => {
      for (const [i, scheduler] of SCHEDULERS.entries()) {
        const before = directives(script(base, scheduler));
        const now = directives(script({ ...base, ...options }, scheduler));
        const came = now.filter((line) => !before.includes(line));
        const went = before.filter((line) => !now.includes(line)).map((line) => `- ${line}`);
        assert.deepEqual([...went, ...came].sort(), [...expected[i]!].sort(), scheduler);
      }
    });
  }

  it('waiting for success', () => {
    const directive = (scheduler: Scheduler) =>
      directives(script({ ...base, after: ['1', '2'], afterOk: ['3'] }, scheduler));
    assert.ok(directive('slurm').includes('--dependency=afterany:1:2,afterok:3'));
    assert.ok(directive('torque').includes('-W depend=afterany:1:2,afterok:3'));
    assert.ok(directive('lsf').includes('-w "ended(1) && ended(2) && done(3)"'));
    assert.throws(() => directive('sge'), /Grid Engine has no waiting for success: use --after/);
  });

  for (const [options, scheduler, message] of [
    [{ nodes: 0 }, 'slurm', /nodes must be a whole number of at least 1, not 0/],
    [{ walltime: 'soon' }, 'slurm', /walltime must be a time such as 30m, 1h30m or 00:30:00, not 'soon'/],
    [{ mem: '64' }, 'slurm', /mem must be an amount such as 64G or 500M, not '64'/],
    [{ queue: 'a b' }, 'slurm', /queue must be one plain word, not 'a b'/],
    [{ name: 'a-name-of-more-letters' }, 'torque', /Torque takes names of at most 15 characters/],
    [{ qos: 'high' }, 'pbs', /PBS Pro has no qos/],
    [{ qos: 'high' }, 'sge', /Grid Engine has no qos/],
    [{ atMost: 3 }, 'slurm', /atMost needs array/],
    [{ mail: ['end'] }, 'slurm', /mail and mailTo go together/],
    [{ threads: true, nodes: 2 }, 'slurm', /threads are those of one node/],
    [{ env: { 'a b': '' } }, 'slurm', /'a b' is no name of a variable/],
    [
      { directive: ['-t 10'], walltime: '30m' },
      'slurm',
      /'-t 10' says again what an option says: #SBATCH --time=00:30:00/,
    ],
    [{ directive: ['#PBS -l walltime=1'], walltime: '30m' }, 'pbs', /says again what an option says/],
  ] as readonly (readonly [JobOptions, Scheduler, RegExp])[])
    it(`refused: ${JSON.stringify(options)} for ${scheduler}`, () => {
      assert.throws(
        () => script(options, scheduler),
        (error: Error) => {
          assert.equal((error as Error & { code: string }).code, 'ERR_OPTION');
          assert.match(error.message, message);
          return true;
        },
      );
    });

  it('an unknown option names the nearest', () => {
    const options: object = { walltim: '30m' };
    assert.throws(() => script(options, 'slurm'), /job has no option 'walltim': did you mean 'walltime'\?/);
  });
});

describe('any string arrives', () => {
  const printer = join(folder, 'printer');
  const print = 'process.stdout.write(JSON.stringify([process.cwd(), process.argv.slice(2), process.env]))';
  writeFileSync(printer, `#!${process.execPath}\n${print}\n`, { mode: 0o755 });
  const texts = fc.sample(
    fc
      .string({
        unit: fc.oneof(
          fc.constantFrom(...SPECIAL),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        ),
      })
      .filter((text) => !/[\0\u{D800}-\u{DFFF}]/u.test(text)),
    { numRuns: 1000, seed: 1 },
  );
  const folders = texts
    .map((text) => text.replaceAll('/', '_'))
    .filter((name) => !/^\.{0,2}$/.test(name) && Buffer.byteLength(name) < 200);

  for (const shell of ['/bin/sh', '/bin/bash', '/bin/tcsh']) {
    it(`through ${shell}`, () => {
      const env = Object.fromEntries(texts.map((text, i) => [`V${i}`, text]));
      for (const [i, name] of folders.slice(0, 8).entries()) {
        const chdir = join(folder, `${i}`, name);
        mkdirSync(chdir, { recursive: true });
        // Variables once: the rest is about folders.
        const options = { shell, node: printer, chdir, env: i === 0 ? env : {} };
        const args = i === 0 ? texts : [];
        const text = writeScript(resolveJob(options, 'example.ts', args), 'slurm', folder);
        const file = join(folder, 'job');
        writeFileSync(file, text);
        const said = execFileSync(shell, [file], { maxBuffer: 2 ** 28 }).toString();
        const [cwd, argv, seen] = JSON.parse(said) as [string, string[], Record<string, string>];
        assert.equal(cwd, chdir);
        assert.deepEqual(argv.slice(argv.indexOf('example.ts') + 1), args);
        for (const [key, value] of Object.entries(options.env)) assert.equal(seen[key], value);
      }
    });
  }
});

describe('profiles', () => {
  const file = join(folder, 'clusters.json');
  const wm = { match: '*.sciclone.wm.edu', scheduler: 'torque', shell: '/bin/tcsh', feature: ['vortex'] };
  writeFileSync(file, JSON.stringify({ wm, other: { queue: 'all' } }));
  const of = (name: string | undefined, host = 'here') => profileOptions(name, { files: [file], host });

  it('by name, by host, or none', () => {
    const options: Partial<typeof wm> = { ...wm };
    delete options.match;
    assert.deepEqual(of('wm'), options);
    assert.deepEqual(of(undefined, 'vortex.sciclone.wm.edu'), options);
    assert.deepEqual(of(undefined), {});
  });

  it('what does not exist names the nearest', () => {
    assert.throws(() => of('othe'), /there is no profile 'othe': did you mean 'other'\?/);
    writeFileSync(file, JSON.stringify({ wm: { walltim: '30m' } }));
    assert.throws(() => of('wm'), /wm has no 'walltim': did you mean 'walltime'\?/);
    writeFileSync(file, '{');
    assert.throws(() => of('wm'), /clusters\.json is no JSON/);
  });
});

describe('flotilla job write', () => {
  it('prints the script, and says where options come from', async () => {
    const { code, stdout, stderr } = await flotilla(
      ...['job', 'write', '--explain', '--scheduler', 'lsf', '--nodes', '2', '--ranks-per-node', '12'],
      ...['--mail', 'end,fail', '--mail-to', 'a@b', '--no-join', 'examples/hello.ts', '--name', 'mine'],
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^#BSUB -J hello\n#BSUB -n 24\n#BSUB -R "span\[ptile=12\]"$/m);
    assert.match(stdout, /^#BSUB -N\n#BSUB -u a@b$/m);
    assert.match(stdout, /run --mpi -n 24 examples\/hello\.ts --name mine\n$/);
    assert.match(stderr, /^ranksPerNode +12 +given$/m);
  });

  it('tries the environment', async () => {
    const job = ['job', 'write', '--check', '--scheduler', 'lsf'];
    const bad = await flotilla(...job, '--module', 'nodejs/20', 'examples/hello.ts');
    assert.equal(bad.code, 2, bad.all);
    assert.match(bad.stderr, /not found: add --init "source \/usr\/share\/modules\/init\/bash"\n$/);
    const good = await flotilla(...job, '--init', 'test -d .', 'examples/hello.ts');
    assert.equal(good.code, 0, good.all);
    assert.match(good.stderr, /not checked: lsf cannot check a script/);
  });

  it('mistakes are told in a line', async () => {
    for (const [args, message] of [
      [['--walltim', '30m', 'a.ts'], /unknown option '--walltim'\n\(Did you mean --walltime\?\)/],
      [['nosuch.ts'], /^flotilla: there is no script nosuch\.ts\n$/],
      [['--nodes', 'x', 'examples/hello.ts'], /nodes must be a whole number of at least 1, not NaN\n$/],
      [['--scheduler', 'slum', 'examples/hello.ts'], /scheduler must be .*: did you mean 'slurm'\?\n$/],
    ] as const) {
      const { code, stderr } = await flotilla('job', 'write', ...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });
});
