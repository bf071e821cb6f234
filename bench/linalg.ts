/** Linear algebra beside slepc4py and scipy, on 1 and 2 ranks. */
import { flotilla, inTurn, least, mpirun, print, ROOT, type Row } from './table.ts';

export async function main(args: string[]): Promise<void> {
  const [rounds, largest] = [Number(args[0] ?? 5), args[1] ?? '20'];
  // A rank computes on one core, and so do its peers.
  process.env.OPENBLAS_NUM_THREADS = process.env.OMP_NUM_THREADS = '1';
  const python = (kind: string, ...rest: string[]): string[] => [
    'env',
    ...rest,
    '/usr/bin/python3',
    `${ROOT}bench/peers/linalg.py`,
    kind,
    largest,
  ];
  const complexOnes = ['petsc', 'slepc'].map(
    (name) => `${name.toUpperCase()}_DIR=/usr/lib/${name}dir/${name}-complex`,
  );
  const ours = (n: number, how: string): [string, string[]] => {
    const [command, rest] = flotilla(n, how, 'linalg.ts');
    return [command, [...rest, largest]];
  };
  const all = await inTurn(
    {
      'ours 1': ours(1, 'openmpi'),
      'ours 2': ours(2, 'openmpi'),
      'threads 2': ours(2, 'threads'),
      scipy: ['/usr/bin/env', python('scipy').slice(1)],
      'slepc4py 1': mpirun('openmpi', 1, ...python('real')),
      'slepc4py 2': mpirun('openmpi', 2, ...python('real')),
      'slepc4py complex': mpirun('openmpi', 1, ...python('complex', ...complexOnes)),
    },
    rounds,
    least,
  );
  const rows: Row[] = [];
  const add = (
    what: string,
    [who, name]: readonly [string, string],
    [peer, its]: readonly [string, string],
    most: number,
  ) => {
    const [a, b] = [all.get(who)?.get(name) ?? NaN, all.get(peer)?.get(its) ?? NaN];
    const cpu = (all.get(who)?.get(`${name}.cpu`) ?? NaN) / (all.get(peer)?.get(`${its}.cpu`) ?? NaN);
    const cells = [text(a), text(b), Number.isNaN(cpu) ? '–' : cpu.toFixed(2)];
    rows.push({ what, cells, ratio: a / b, bar: most < Infinity ? `≤ ${most}` : '–', met: a / b <= most });
  };
  const middle = Math.min(18, Number(largest));
  add(`product, n = ${middle}, without rows / scipy CSR`, ['ours 1', 'product'], ['scipy', 'product'], 0.5);
  add(
    `product, n = ${middle}, stored rows / scipy CSR`,
    ['ours 1', 'product.rows'],
    ['scipy', 'product'],
    1.1,
  );
  for (let n = 16; n <= Number(largest); n += 2) {
    const name = `e0.${n}`;
    add(`E0, n = ${n}, 1 rank / slepc4py`, ['ours 1', name], ['slepc4py 1', name], 0.4);
    add(`E0, n = ${n}, 1 rank / scipy eigsh`, ['ours 1', name], ['scipy', name], 0.25);
    add(`E0, n = ${n}, 2 ranks of Open MPI / slepc4py on 2`, ['ours 2', name], ['slepc4py 2', name], 0.8);
    add(`E0, n = ${n}, 2 threads / slepc4py on 2`, ['threads 2', name], ['slepc4py 2', name], 0.8);
  }
  const lowest = `e0.${middle}`;
  add(`E0, n = ${middle}, stored rows / slepc4py`, ['ours 1', 'e0.rows'], ['slepc4py 1', lowest], 0.8);
  add(`k = 5, complete, n = ${middle} / slepc4py, not complete`, ['ours 1', 'k5'], ['slepc4py 1', 'k5'], 0.9);
  add(`k = 5, complete, n = ${middle} / scipy, not complete`, ['ours 1', 'k5'], ['scipy', 'k5'], 0.4);
  add(
    `evolve to t = 5, n = ${middle} / scipy expm_multiply`,
    ['ours 1', `evolve.${middle}`],
    ['scipy', 'evolve'],
    0.1,
  );
  add('evolve to t = 5, n = 16 / slepc4py MFN', ['ours 1', 'evolve.16'], ['slepc4py complex', 'evolve'], 0.1);
  add('6 singular values of WordNet, complete / scipy svds', ['ours 1', 'words'], ['scipy', 'words'], 1.2);
  // Both from the operator to the value: rows, matrix, solve.
  for (const n of [1, 2])
    add(
      `E0 by our slepc backend, rows and all, n = ${middle}, ${n} / slepc4py`,
      [`ours ${n}`, 'slepc.e0'],
      [`slepc4py ${n}`, 'e0.all'],
      1.1,
    );
  for (const n of [1, 2])
    add(
      `5 near 0 by our slepc backend, ${n} / slepc4py`,
      [`ours ${n}`, 'slepc.near'],
      [`slepc4py ${n}`, 'near'],
      1.1,
    );
  add(`rows of n = ${middle} / numpy and scipy`, ['ours 1', 'rows'], ['scipy', 'rows'], 1);
  if (Number(largest) >= 20) {
    // Of which there is no peer: the numbers are compared with known ones on the way.
    for (const name of ['bounds', 'quench'])
      add(
        `${name}, n = 20, 2 ranks of Open MPI / 2 threads`,
        ['ours 2', name],
        ['threads 2', name],
        Infinity,
      );
    add('E0, n = 20, 2 ranks / 1', ['ours 2', 'e0.20'], ['ours 1', 'e0.20'], 0.65);
  }
  print('Linear algebra', ['ours', 'peer', 'ratio of CPU'], rows);
}

const text = (seconds: number) =>
  seconds < 0.1 ? `${(1000 * seconds).toFixed(2)} ms` : `${seconds.toFixed(2)} s`;
