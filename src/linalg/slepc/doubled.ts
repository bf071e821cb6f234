import { RowBuilder, type Csr } from '../csr.ts';
import { Space } from '../krylov/space.ts';
import { Bank } from '../krylov/bank.ts';
import { SolverMemory } from '../kernels/memory.ts';

/**
 * A complex Hermitian matrix as a real symmetric one of twice the size: entry a + b i becomes
 * [[a, −b], [b, a]]. A complex vector, interleaved, is then a real one as it lies in memory; x and
 * i x are two of one value.
 */
export function doubled(rows: Csr): Csr {
  const count = rows.rowPtr.length - 1;
  const builder = new RowBuilder(2 * count, 'real');
  for (let row = 0; row < count; row++)
    for (const second of [false, true]) {
      for (let e = rows.rowPtr[row]!; e < rows.rowPtr[row + 1]!; e++) {
        const column = 2 * rows.columns[e]!;
        const [a, b] = [rows.values[2 * e]!, rows.values[2 * e + 1]!];
        builder.add(column, second ? b : a);
        builder.add(column + 1, second ? a : -b);
      }
      builder.endRow();
    }
  return builder.finish();
}

/** Below this norm a unit vector without its components of others counts as one of them. */
const DEPENDENT = 0.1;

/**
 * Collective: half of the vectors of a doubled matrix, ascending by value, as complex ones: those
 * that the ones before do not span.
 */
export function halved(space: Space, vectors: readonly Float64Array[]): Float64Array[] {
  const { comm, ranges, product, watch } = space;
  const memory = new SolverMemory((vectors.length + 1) * Space.stride(space.doubles), 4, comm.size);
  try {
    const room = new Space(comm, memory, ranges, 'complex', product, watch);
    const bank = new Bank(room, vectors.length + 1);
    const kept: number[] = [];
    for (const vector of vectors) {
      const at = bank.take();
      room.local(at).set(vector);
      room.normalize(at);
      room.project(at, kept);
      if (room.normalize(at) < DEPENDENT) bank.giveBack(at);
      else {
        room.project(at, kept);
        room.normalize(at);
        kept.push(at);
      }
    }
    return kept.map((at) => room.local(at).slice());
  } finally {
    memory.free();
  }
}
