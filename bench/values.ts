/** Values with one long array, beside Send and Recv of that array, and beside mpi4py.util.pkl5, in one run. */
import { flotilla, inTurn, least, mpirun, print, ROOT, type Row } from './table.ts';

const SIZES = [8e4, 8e5, 8e6];
const rate = (bytes: number, time: number) => `${(bytes / time / 1e3).toFixed(2)} GB/s`;

export async function main(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 3);
  const all = await inTurn(
    {
      threads: flotilla(2, 'threads', 'values.ts'),
      openmpi: flotilla(2, 'openmpi', 'values.ts'),
      mpich: flotilla(2, 'mpich', 'values.ts'),
      // Debian builds its mpi4py for Open MPI.
      pkl5: mpirun('openmpi', 2, '/usr/bin/python3', `${ROOT}bench/peers/values.py`),
    },
    rounds,
    least,
  );
  const of = (who: string, what: string, bytes: number) => all.get(who)?.get(`${what}-${bytes}`) ?? NaN;
  const rows = ['threads', 'openmpi', 'mpich', 'pkl5'].flatMap((who) =>
    SIZES.map((bytes): Row => {
      const [value, memory] = [of(who, 'value', bytes), of(who, 'memory', bytes)];
      const bar = who === 'pkl5' || bytes < 8e6 ? '' : '≥ 0.6';
      return {
        what: `${who}, ${bytes} bytes`,
        cells: [
          rate(bytes, value),
          rate(bytes, memory),
          who === 'pkl5' ? '' : rate(bytes, of(who, 'fresh', bytes)),
        ],
        ratio: memory / value,
        bar,
        met: bar === '' || memory / value >= 0.6,
      };
    }),
  );
  print(
    'A value with a Float64Array, beside Send and Recv of the array into the same memory each time, and into new memory',
    ['value', 'memory', 'new memory'],
    rows,
  );
  print(
    'The same values beside mpi4py.util.pkl5 over Open MPI',
    ['ours', 'pkl5'],
    ['threads', 'openmpi', 'mpich'].flatMap((who) =>
      SIZES.map((bytes): Row => {
        const [ours, theirs] = [of(who, 'value', bytes), of('pkl5', 'value', bytes)];
        const cells = [rate(bytes, ours), rate(bytes, theirs)];
        return {
          what: `${who}, ${bytes} bytes`,
          cells,
          ratio: theirs / ours,
          bar: '≥ 1',
          met: ours <= theirs,
        };
      }),
    ),
  );
}
