/** Collectives on memory from 8 bytes to 8 MiB, on 2 and 4 ranks, beside C and mpi4py in one run. */
import { compile, flotilla, inTurn, least, mpirun, print, ROOT, type Family, type Row } from './table.ts';

const CALLS = ['bcast', 'allreduce', 'alltoall', 'allgather', 'alltoall-new', 'allgather-new'];
const BYTES = [8, 128, 1024, 8192, 65536, 1048576, 8388608];
const FAMILIES: Family[] = ['openmpi', 'mpich'];

export async function main(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 3);
  const programs = new Map<Family, string>();
  for (const family of FAMILIES) programs.set(family, await compile(family, 'collectives.c'));
  for (const n of [2, 4]) {
    const contenders: Record<string, [string, string[]]> = {
      threads: flotilla(n, 'threads', 'collectives.ts'),
    };
    for (const family of FAMILIES) {
      contenders[`${family} C`] = mpirun(family, n, programs.get(family)!);
      contenders[family] = flotilla(n, family, 'collectives.ts');
    }
    contenders.mpi4py = mpirun('openmpi', n, '/usr/bin/python3', `${ROOT}bench/peers/collectives.py`);
    const all = await inTurn(contenders, rounds, least);
    const of = (who: string, what: string) => all.get(who)?.get(what) ?? NaN;
    const table = (ours: string, peer: string, bar: number) =>
      CALLS.flatMap((call) =>
        BYTES.map((bytes): Row => {
          const figure = `${call}-${bytes}`;
          const [mine, theirs, python] = [of(ours, figure), of(peer, figure), of('mpi4py', figure)];
          // The bars are for messages worth a copy; shorter ones are shown.
          const asked = bytes >= 1024;
          return {
            what: `${call.replace('-', ' ')}, ${bytes} bytes`,
            cells: [mine, theirs, python].map((time) => (Number.isNaN(time) ? '' : `${time.toFixed(2)} µs`)),
            ratio: mine / theirs,
            bar: asked ? `≤ ${bar}` : '',
            met: !asked || mine <= bar * theirs,
          };
        }),
      );
    for (const family of FAMILIES)
      print(`${n} ranks over ${family}`, ['ours', 'C', 'mpi4py'], table(family, `${family} C`, 1.3));
    print(`${n} ranks over threads`, ['ours', "Open MPI's C", 'mpi4py'], table('threads', 'openmpi C', 1));
  }
}
