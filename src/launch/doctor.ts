import { availableParallelism, totalmem } from 'node:os';
import { buildBinding, FAMILY_NAMES } from '../fabric/mpi/binding.ts';
import { faultsOf } from '../fabric/mpi/faults.ts';
import { findSites, siteAt, which } from '../fabric/mpi/sites.ts';

/** Variables that make numeric libraries start threads of their own in every rank. */
export const THREAD_VARIABLES: readonly string[] = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'UV_THREADPOOL_SIZE',
];

/** Prints what this machine offers, a line each: `ok`, `--` for what is absent, `!!` for what is wrong. Resolves with the exit code. */
export async function doctor(): Promise<number> {
  const lines: [mark: 'ok' | '--' | '!!', text: string][] = [];
  const major = Number(process.versions.node.split('.')[0]);
  lines.push([major >= 20 ? 'ok' : '!!', `Node.js ${process.version}, ${process.platform} ${process.arch}`]);
  const cores = availableParallelism();
  lines.push([
    'ok',
    `${cores} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB of memory: "flotilla run" starts ${cores} ranks`,
  ]);
  const sites = findSites();
  if (sites.length === 0)
    lines.push([
      '--',
      'no MPI in PATH (Debian: apt-get install openmpi-bin libopenmpi-dev); threads work without',
    ]);
  for (const site of sites) {
    const { family, version, mpirun, mpicc } = site;
    lines.push([
      mpirun ? 'ok' : '!!',
      `${FAMILY_NAMES[family]} ${version}: mpirun ${mpirun ?? 'missing'}, mpicc ${mpicc ?? 'missing'}`,
    ]);
    for (const { calls, fault, instead, unmended } of faultsOf(family, version))
      lines.push([unmended ? '--' : 'ok', `  known fault in ${calls}: ${fault}. Instead: ${instead}`]);
    try {
      lines.push(['ok', `  its binding is built: ${buildBinding(site)}`]);
    } catch (error) {
      lines.push([
        '!!',
        `  its binding is not built: ${error instanceof Error ? error.message : String(error)}`,
      ]);
    }
  }
  const [mpirun, mpicc] = ['mpirun', 'mpicc'].map((name) => which(name));
  const families = [mpirun, mpicc].map((path) => (path === undefined ? undefined : siteAt(path)?.family));
  if (families[0] && families[1] && families[0] !== families[1]) {
    const [launcher, compiler] = families.map((family) => FAMILY_NAMES[family!]);
    lines.push([
      '!!',
      `plain mpirun is of ${launcher!}, plain mpicc of ${compiler!}: programs built with one fail under the other`,
    ]);
  }
  for (const name of THREAD_VARIABLES) {
    const value = process.env[name];
    if (value !== undefined && Number(value) > 1)
      lines.push(['!!', `${name}=${value}: each rank starts so many threads; with a rank a core use 1`]);
  }
  for (const [mark, text] of lines) process.stdout.write(`${mark}  ${text}\n`);
  return Promise.resolve(major >= 20 ? 0 : 1);
}
