/** Halo exchange, weak scaling, launches and a Stokes solver on grids, on two ranks of one node, beside C over MPI. */
import { compile, flotilla, inTurn, least, mpirun, print, type Family, type Row } from './table.ts';

/** Of our mailboxes, beside the better of packed and datatypes: Open MPI, then MPICH. */
const FACES = [
  ['2d.x', '2-D 1024², x face, 8 KiB strided', 1.2, 2.2],
  ['2d.y', '2-D 1024², y face, 8 KiB', 1.4, 1.7],
  ['3d.x', '3-D 128³, x face, 128 KiB strided', 1.2, 1],
  ['3d.y', '3-D 128³, y face, 128 KiB', 1.3, 1.2],
  ['3d.z', '3-D 128³, z face, 128 KiB', 1.3, 1.2],
] as const;
/** Messages of the last two are held to this. */
const MESSAGES = 1.9;

export async function main(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 3);
  const [openmpi, mpich, stokesOpenMpi, stokesMpich] = await Promise.all([
    compile('openmpi', 'grid.c'),
    compile('mpich', 'grid.c'),
    compile('openmpi', 'stokes.c', '-march=native'),
    compile('mpich', 'stokes.c', '-march=native'),
  ]);
  const all = await inTurn(
    {
      'ours over openmpi': flotilla(2, 'openmpi', 'grid.ts'),
      'C over openmpi': mpirun('openmpi', 2, openmpi),
      'ours over mpich': flotilla(2, 'mpich', 'grid.ts'),
      'C over mpich': mpirun('mpich', 2, mpich),
      'ours over threads': flotilla(2, 'threads', 'grid.ts'),
      'ours alone': flotilla(1, 'threads', 'grid.ts'),
      'Stokes in C over openmpi, 1': mpirun('openmpi', 1, stokesOpenMpi),
      'Stokes in C over openmpi, 2': mpirun('openmpi', 2, stokesOpenMpi),
      'Stokes in C over mpich, 1': mpirun('mpich', 1, stokesMpich),
      'Stokes in C over mpich, 2': mpirun('mpich', 2, stokesMpich),
    },
    rounds,
    least,
  );
  const of = (who: string, name: string) => all.get(who)?.get(name) ?? NaN;
  const c = (family: Family, name: string) =>
    Math.min(of(`C over ${family}`, `${name}.packed`), of(`C over ${family}`, `${name}.datatypes`));
  for (const how of ['openmpi', 'mpich', 'threads'] as const) {
    const family = how === 'mpich' ? 'mpich' : 'openmpi';
    const rows: Row[] = [];
    for (const [name, what, withOpenMpi, withMpich] of FACES)
      for (const carrier of ['mailbox', 'messages']) {
        const [ours, peer] = [of(`ours over ${how}`, `${name}.${carrier}`), c(family, name)];
        const contiguous = name === '3d.y' || name === '3d.z';
        const mailbox = family === 'mpich' ? withMpich : withOpenMpi;
        const most = carrier === 'mailbox' ? mailbox : contiguous ? MESSAGES : undefined;
        rows.push(row(`${what}, ${carrier}`, [micro(ours), micro(peer)], ours / peer, '≤', most));
      }
    print(`Halo of one field over ${how}, beside C over ${family}`, ['ours', 'C'], rows);
  }
  const rows: Row[] = [];
  for (const how of ['openmpi', 'mpich', 'threads'])
    for (const [n, bars] of [
      ['1024', { y: 0.96, x: 0.94 }],
      ['256', { y: 0.93, x: 0.88 }],
    ] as const)
      for (const d of ['y', 'x'] as const)
        for (const carrier of ['mailbox', 'messages']) {
          const name = `weak.${n}.${d}.${carrier}`;
          const [alone, both] = ['alone', 'with'].map((which) => of(`ours over ${how}`, `${name}.${which}`));
          const what = `${n}² a rank, ${d === 'y' ? 'rows' : 'columns'} cut, ${carrier}, ${how}`;
          const least = carrier === 'mailbox' ? bars[d] : undefined;
          rows.push(row(what, [micro(both!), micro(alone!)], alone! / both!, '≥', least));
        }
  print('Weak scaling: a step of two ranks with exchange and without', ['with', 'without'], rows);
  const shared: Row[] = [];
  const one = of('ours alone', 'step.1024');
  for (const how of ['openmpi', 'mpich', 'threads']) {
    const [alone, both] = ['alone', 'with'].map((which) =>
      of(`ours over ${how}`, `weak.1024.y.mailbox.${which}`),
    );
    // Two ranks share one memory: an exchange may take no more of what is left than beside neighbors that it leaves alone.
    const without = one / alone!;
    const cells = [micro(both!), micro(alone!), micro(one)];
    const most = Number((0.96 * without).toFixed(2));
    shared.push(row(`1024² a rank, rows cut, ${how}`, cells, one / both!, '≥', most));
  }
  print('A step of two ranks against one rank alone', ['with exchange', 'without', '1 rank'], shared);
  const stokes: Row[] = [];
  for (const how of ['openmpi', 'mpich', 'threads'] as const)
    for (const ranks of [1, 2]) {
      if (ranks === 1 && how === 'threads') continue;
      const who = ranks === 1 ? 'ours alone' : `ours over ${how}`;
      const c = `Stokes in C over ${how === 'mpich' ? 'mpich' : 'openmpi'}, ${ranks}`;
      for (const engine of ['wasm', 'native']) {
        for (const result of ['norm', 'force'])
          agree(
            of(who, `stokes.${engine}.${result}`),
            of(c, `stokes.${result}`),
            `${who}, ${engine}: ${result}`,
          );
        const [ours, peer] = [of(who, `stokes.${engine}`), of(c, 'stokes')];
        const what = `${ranks === 1 ? '1 rank' : '2 ranks'}, ${engine}, ${how}`;
        stokes.push(row(what, [micro(ours), micro(peer)], ours / peer, '≤', 1.3));
      }
    }
  print('Stokes flow 2-D, 126²: an iteration, beside C (gcc -O3 -march=native)', ['ours', 'C'], stokes);
  const launch = of('ours alone', 'launch');
  print(
    'Launches',
    ['ours', 'bar'],
    [row('launch, two fields, nothing to fill, µs', [micro(launch), '2 µs'], launch, '≤', 2)],
  );
}

/** Both sides computed the same: sums in another order and fused multiplications apart. */
function agree(ours: number, peer: number, what: string): void {
  if (!(Math.abs(ours - peer) <= 1e-9 * Math.abs(peer))) throw new Error(`${what} is ${ours}, in C ${peer}`);
}

function row(what: string, cells: readonly string[], ratio: number, sign: '≤' | '≥', bar?: number): Row {
  const met = bar === undefined ? undefined : sign === '≤' ? ratio <= bar : ratio >= bar;
  return { what, cells, ratio, bar: bar === undefined ? '–' : `${sign} ${bar}`, met };
}

const micro = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} µs`;
