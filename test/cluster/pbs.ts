/** PBS as Slurm speaks it: Debian's slurm-wlm-torque. It is unpacked aside, since Grid Engine's commands have the same names. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../harness/launch.ts';

const PACKAGES = ['slurm-wlm-torque', 'libslurm-perl', 'libslurmdb-perl', 'libswitch-perl'];
/** qsub looks for Slurm's own commands beside itself. */
const OWN = ['sbatch', 'salloc', 'srun', 'squeue', 'scancel', 'scontrol'];

/** What makes Slurm and those who use it know PBS. */
export interface FrontEnd {
  /** Lines of slurm.conf. */
  readonly settings: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Prepares the front end.
 *
 * @param folder - one that all hosts see
 */
export function frontEnd(folder: string): FrontEnd {
  const files = unpacked();
  const commands = join(folder, 'pbs');
  mkdirSync(commands);
  const from = join(files, 'usr/bin');
  for (const name of readdirSync(from)) symlinkSync(join(from, name), join(commands, name));
  for (const name of OWN) symlinkSync(join('/usr/bin', name), join(commands, name));
  const plugins = join(folder, 'plugstack.conf');
  writeFileSync(plugins, 'required spank_pbs.so\n');
  const libraries = readdirSync(join(files, 'usr/lib')).flatMap((machine) => {
    const perl = join(files, 'usr/lib', machine, 'perl5');
    return existsSync(perl) ? readdirSync(perl).map((version) => join(perl, version)) : [];
  });
  return {
    settings: `JobSubmitPlugins=pbs\nPlugStackConfig=${plugins}`,
    environment: {
      PATH: `${commands}:${process.env.PATH}`,
      PERL5LIB: [...libraries, join(files, 'usr/share/perl5')].join(':'),
    },
  };
}

/** The folder of the files of these packages; downloaded once. */
function unpacked(): string {
  const cache = join(ROOT, 'node_modules/.cache');
  const done = join(cache, 'slurm-torque');
  if (existsSync(done)) return done;
  const work = `${done}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    const options = { cwd: work, stdio: 'pipe' } as const;
    execFileSync('apt-get', ['download', '-o', 'APT::Sandbox::User=root', ...PACKAGES], options);
    for (const name of readdirSync(work)) execFileSync('dpkg', ['-x', name, 'files'], options);
    renameSync(join(work, 'files'), done);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return done;
}
