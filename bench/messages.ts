/** The figures of the communicator, against C and mpi4py on the same MPI in one run. */
import {
  compile,
  flotilla,
  inTurn,
  least,
  median,
  mpirun,
  output,
  print,
  ROOT,
  type Family,
  type Row,
} from './table.ts';

const us = (value: number) => `${value.toFixed(value < 10 ? 3 : 1)} µs`;
const rate = (bytes: number, time: number) => `${(bytes / time / 1e3).toFixed(2)} GB/s`;

export async function main(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 3);
  const families: Family[] = ['openmpi', 'mpich'];
  const contenders: Record<string, [string, string[]]> = { threads: flotilla(2, 'threads', 'messages.ts') };
  for (const family of families) {
    const program = await compile(family, 'messages.c');
    contenders[`${family} C`] = mpirun(family, 2, program);
    contenders[family] = flotilla(2, family, 'messages.ts');
    if (family === 'openmpi')
      contenders['openmpi C, 16'] = mpirun(family, 16, '--mca', 'mpi_yield_when_idle', '1', program);
  }
  // Debian builds its mpi4py for Open MPI.
  contenders.mpi4py = mpirun('openmpi', 2, '/usr/bin/python3', `${ROOT}bench/peers/messages.py`);
  contenders['threads, 16'] = flotilla(16, 'threads', 'messages.ts');
  const all = await inTurn(contenders, rounds, least);
  const of = (who: string, what: string) => all.get(who)?.get(what) ?? NaN;

  for (const family of families) {
    const c = `${family} C`;
    const rows: Row[] = [
      below('8-byte one-way', of(family, 'small'), of(c, 'small'), 1.6),
      above('1 MiB bandwidth', 2 ** 20, of(family, 'middle'), of(c, 'middle'), 0.9),
      above('16 MiB bandwidth', 2 ** 24, of(family, 'large'), of(c, 'large'), 0.9),
      above(
        'Float64Array(1e6) as a value, beside Send/Recv',
        8e6,
        of(family, 'floatsValue'),
        of(family, 'floats'),
        0.6,
      ),
      below('Allreduce of 8 doubles', of(family, 'allreduce'), of(c, 'allreduce'), 1.6),
      below('awaited receive, round trip', of(family, 'await'), 10, 1),
    ];
    if (family === 'openmpi') {
      rows.push(below('8-byte one-way, beside mpi4py', of(family, 'small'), of('mpi4py', 'small'), 0.5));
      rows.push(
        below("small object, beside mpi4py's pickle", of(family, 'object'), of('mpi4py', 'object'), 0.8),
      );
    }
    rows.push(idle(of(family, 'idle')));
    print(`Over ${family}`, ['ours', 'peer'], rows);
  }
  print(
    'Over threads, beside C over Open MPI',
    ['ours', 'peer'],
    [
      below('8-byte one-way', of('threads', 'small'), of('openmpi C', 'small'), 1.5),
      above('1 MiB bandwidth', 2 ** 20, of('threads', 'middle'), of('openmpi C', 'middle'), 0.8),
      above(
        'Float64Array(1e6) as a value, beside Send/Recv',
        8e6,
        of('threads', 'floatsValue'),
        of('threads', 'floats'),
        0.6,
      ),
      below("small object, beside mpi4py's pickle", of('threads', 'object'), of('mpi4py', 'object'), 0.8),
      below(
        'barrier of 16 ranks on these cores',
        of('threads, 16', 'barrier'),
        of('openmpi C, 16', 'barrier'),
        3,
      ),
      below('awaited receive, round trip', of('threads', 'await'), 10, 1),
      idle(of('threads', 'idle')),
    ],
  );
  print('Whole processes', ['ours', 'peer'], await startUp());
}

function below(what: string, ours: number, peer: number, bar: number): Row {
  return { what, cells: [us(ours), us(peer)], ratio: ours / peer, bar: `≤ ${bar}`, met: ours <= bar * peer };
}

function above(what: string, bytes: number, ours: number, peer: number, bar: number): Row {
  return {
    what,
    cells: [rate(bytes, ours), rate(bytes, peer)],
    ratio: peer / ours,
    bar: `≥ ${bar}`,
    met: peer / ours >= bar,
  };
}

function idle(share: number): Row {
  return {
    what: 'idle event loop while awaiting',
    cells: [`${share.toFixed(2)} %`, '2 %'],
    ratio: share / 2,
    bar: '≤ 1',
    met: share <= 2,
  };
}

async function startUp(): Promise<Row[]> {
  const tsx: [string, string[]] = [process.execPath, ['--import', 'tsx', 'examples/hello.ts']];
  const times: Record<string, number[]> = { tsx: [], two: [], sixteen: [] };
  for (let round = 0; round < 7; round++) {
    times.tsx!.push(await seconds(...tsx));
    times.two!.push(await seconds(...flotilla(2, 'threads', '../../examples/hello.ts')));
    times.sixteen!.push(await seconds(...flotilla(16, 'threads', '../../examples/hello.ts')));
  }
  const rss = async (command: string, args: string[]) =>
    Number(/rss (\S+)/.exec(await output(command, args))![1]);
  const bare = (n: number): [string, string[]] => [process.execPath, ['bench/peers/workers.mjs', String(n)]];
  const perRank =
    ((await rss(...flotilla(16, 'threads', 'empty.ts'))) -
      (await rss(...flotilla(2, 'threads', 'empty.ts')))) /
    14;
  const perWorker = ((await rss(...bare(16))) - (await rss(...bare(2)))) / 14;
  const beyond = perRank - perWorker;
  const [one, two, sixteen] = [median(times.tsx!), median(times.two!), median(times.sixteen!)];
  const row = (what: string, ours: number, bar: number): Row => ({
    what,
    cells: [`${ours.toFixed(3)} s`, `${one.toFixed(3)} s`],
    ratio: ours / one,
    bar: `≤ ${bar}`,
    met: ours <= bar * one,
  });
  return [
    row('flotilla run -n 2 hello.ts, beside node --import tsx', two, 2),
    row('flotilla run -n 16 hello.ts', sixteen, 3),
    {
      what: `memory a rank, ${perRank.toFixed(1)} MB, beyond that of an empty worker thread, ${perWorker.toFixed(1)} MB`,
      cells: [`${beyond.toFixed(1)} MB`, '6 MB'],
      ratio: beyond / 6,
      bar: '≤ 1',
      met: beyond <= 6,
    },
  ];
}

async function seconds(command: string, args: string[]): Promise<number> {
  const start = performance.now();
  await output(command, args);
  return (performance.now() - start) / 1000;
}
