/** Pools: two worker threads beside piscina, tinypool and workerpool; three ranks beside mpi4py.futures. */
import { join } from 'node:path';
import { CLI, inTurn, median, mpirun, print, ROOT, type Row } from './table.ts';

const PEERS = ['piscina', 'tinypool', 'workerpool'] as const;

interface Figure {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly scale: number;
  /** More is better; otherwise less. */
  readonly more: boolean;
  /** How many times the best peer. */
  readonly bar: number;
}

const FIGURES: readonly Figure[] = [
  { name: 'burst', what: 'empty tasks, a burst of 20,000', unit: '/s', scale: 1, more: true, bar: 5 },
  { name: 'four', what: 'empty tasks, 4 in flight', unit: '/s', scale: 1, more: true, bar: 2 },
  { name: 'one', what: 'one empty task at a time', unit: ' µs', scale: 1, more: false, bar: 2 },
  {
    name: 'copied',
    what: '1 MB Float64Array copied in, 4 in flight',
    unit: '/s',
    scale: 1,
    more: true,
    bar: 1,
  },
  {
    name: 'moved',
    what: '1 MB Float64Array handed over and back, 4 in flight',
    unit: '/s',
    scale: 1,
    more: true,
    bar: 2,
  },
  {
    name: 'efficiency',
    what: '1 ms tasks, 8 in flight, of what 2 cores can',
    unit: ' %',
    scale: 100,
    more: true,
    bar: 1,
  },
  { name: 'large', what: '80 MB Float64Array there and back', unit: ' ms', scale: 1, more: false, bar: 1 },
  { name: 'cold', what: 'first task of a new pool', unit: ' ms', scale: 1, more: false, bar: 1 },
  { name: 'warm', what: 'first task after 0.2 s of nothing', unit: ' µs', scale: 1, more: false, bar: 1 },
];

const shown = (value: number) => (Math.abs(value) >= 1000 ? String(Math.round(value)) : value.toFixed(1));

export async function main(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 3);
  await threads(rounds);
  await futures(rounds);
}

async function threads(rounds: number): Promise<void> {
  const program = (who: string): [string, string[]] => [
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'bench/ranks/pool-threads.ts'), who],
  ];
  const all = await inTurn(
    Object.fromEntries(['ours', ...PEERS].map((who) => [who, program(who)])),
    rounds,
    median,
  );
  const of = (who: string, name: string) => all.get(who)?.get(name) ?? NaN;
  const rows = FIGURES.map(({ name, what, unit, scale, more, bar }): Row => {
    const ours = of('ours', name);
    const peers = PEERS.map((peer) => of(peer, name));
    const ratio = more ? ours / Math.max(...peers) : Math.min(...peers) / ours;
    const cells = [ours, ...peers].map((value) => `${shown(scale * value)}${unit}`);
    return { what, cells, ratio, bar: `≥ ${bar}`, met: ratio >= bar };
  });
  print(
    'Two worker threads; ratio: how many times better than the best of the others',
    ['ours', ...PEERS],
    rows,
  );
}

async function futures(rounds: number): Promise<void> {
  const script = join('bench/ranks', 'pool-futures.ts');
  const ours = (...how: string[]): [string, string[]] => [
    process.execPath,
    [CLI, 'run', '--pool', '-n', '3', ...how, script],
  ];
  const all = await inTurn(
    {
      threads: ours(),
      openmpi: ours('--mpi=openmpi'),
      mpich: ours('--mpi=mpich'),
      mpi4py: mpirun('openmpi', 3, '/usr/bin/python3', '-m', 'mpi4py.futures', `${ROOT}bench/peers/pool.py`),
    },
    rounds,
    median,
  );
  const of = (who: string, name: string) => all.get(who)?.get(name) ?? NaN;
  const figures: [string, string][] = [
    ['map', 'map of an empty task'],
    ['burst', 'empty tasks, a burst'],
    ['one', 'one empty task at a time'],
    ['echo-1', '1 B there and back'],
    ['echo-1024', '1 KiB there and back'],
    ['echo-1048576', '1 MiB there and back'],
  ];
  const rows = figures.flatMap(([name, what]) =>
    ['threads', 'openmpi', 'mpich'].map((how): Row => {
      const [mine, peer] = [of(how, name), of('mpi4py', name)];
      const empty = name === 'map' || name === 'burst';
      return {
        what: `${what}, ${how}`,
        cells: [`${shown(mine)} µs`, `${shown(peer)} µs`],
        ratio: peer / mine,
        bar: empty ? '≤ 20 µs' : '≥ 1',
        met: empty ? mine <= 20 : mine <= peer,
      };
    }),
  );
  print('Futures mode, 3 ranks: microseconds a task', ['ours', 'mpi4py.futures'], rows);
}
