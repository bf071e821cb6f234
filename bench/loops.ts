/** Items a second and efficiency of the loops, beside mpi4py.futures' map on the same ranks. */
import { flotilla, inTurn, median, mpirun, print, ROOT, type Row } from './table.ts';

export async function main(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 3);
  const contenders: Record<string, [string, string[]]> = {};
  for (const n of [2, 4]) {
    for (const how of ['threads', 'openmpi', 'mpich'])
      contenders[`${how} ${n}`] = flotilla(n, how, 'loops.ts');
    contenders[`mpi4py ${n}`] = mpirun(
      'openmpi',
      n,
      '/usr/bin/python3',
      '-m',
      'mpi4py.futures',
      `${ROOT}bench/peers/loops.py`,
    );
  }
  contenders['threads 3'] = flotilla(3, 'threads', 'loops.ts');
  contenders['threads 9'] = flotilla(9, 'threads', 'loops.ts');
  const all = await inTurn(contenders, rounds, median);
  const of = (who: string, what: string) => all.get(who)?.get(what) ?? NaN;
  const rows: Row[] = [];
  for (const n of [2, 4]) {
    const peer = of(`mpi4py ${n}`, 'empty');
    for (const how of ['threads', 'openmpi', 'mpich']) {
      const ours = of(`${how} ${n}`, 'empty');
      rows.push({
        what: `empty body, ${n} ranks, ${how}`,
        cells: [`${Math.round(ours)}/s`, `${Math.round(peer)}/s`],
        ratio: ours / peer,
        bar: '≥ 10',
        met: ours >= 10 * peer,
      });
    }
  }
  const efficiency = of('threads 3', 'efficiency');
  rows.push({
    what: '1 ms body, 2 workers over serial, threads',
    cells: [`${(100 * efficiency).toFixed(1)} %`, '100 %'],
    ratio: efficiency,
    bar: '≥ 0.95',
    met: efficiency >= 0.95,
  });
  const tail = of('threads 9', 'tail');
  rows.push({
    what: '500 lognormal items, 8 sleeping workers, beside the greedy bound',
    cells: [tail.toFixed(3), '1.000'],
    ratio: tail,
    bar: '≤ 1.03',
    met: tail <= 1.03,
  });
  print('Loops, beside mpi4py.futures map', ['ours', 'peer'], rows);
}
