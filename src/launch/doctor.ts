import { availableParallelism, totalmem } from 'node:os';
import { buildBinding, FAMILY_NAMES } from '../fabric/mpi/binding.ts';
import { faultsOf } from '../fabric/mpi/faults.ts';
import { findSites, siteAt, which, type Site } from '../fabric/mpi/sites.ts';

/** Variables that make numeric libraries start threads of their own in every rank. */
export const THREAD_VARIABLES: readonly string[] = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'UV_THREADPOOL_SIZE',
];

type Line = [mark: 'ok' | '--' | '!!', text: string];

/** Prints what this machine offers, a line each: `ok`, `--` for what is absent, `!!` for what is wrong. Resolves with the exit code. */
export async function doctor(): Promise<number> {
  const lines: Line[] = [];
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
  lines.push(...(await slepc(sites)));
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

/** The eigensolvers of this machine, and whether ranks can use them. */
async function slepc(sites: readonly Site[]): Promise<Line[]> {
  const { buildSlepc, findSlepc } = await import('../linalg/index.ts');
  const installations = findSlepc();
  if (installations.length === 0)
    return [
      [
        '--',
        'no SLEPc (Debian: apt-get install libslepc-real-dev libslepc-complex-dev); flotilla/linalg solves without',
      ],
    ];
  return installations.flatMap((installation): Line[] => {
    const { version, scalar, integerBits, mumps, mpi, folder } = installation;
    const site = sites.find(({ family }) => family === mpi);
    const built = mpi === undefined ? 'an unknown MPI' : FAMILY_NAMES[mpi];
    const what =
      `SLEPc ${version} for ${scalar} numbers, ${integerBits}-bit integers, built with ${built}, ` +
      `${mumps ? 'with' : 'without'} MUMPS: ${folder}`;
    if (site?.mpicc === undefined) return [['!!', `${what}; there is no mpicc of its MPI`]];
    try {
      return [
        ['ok', what],
        ['ok', `  its binding is built: ${buildSlepc(installation, site.mpicc, site.version)}`],
      ];
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return [
        ['ok', what],
        ['!!', `  its binding is not built: ${text}`],
      ];
    }
  });
}
