/**
 * One matrix in one file. Each rank has a block of its rows and columns; a view shows it the block's place, and all write at once. Then rank 0 reads
 * a single column as if there had never been blocks.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dimsCreate, File, world } from 'flotilla';

const comm = world();
const rows = 120;
const columns = 180;
const [down = 1, across = 1] = dimsCreate(comm.size, 2);

/** Where piece i of n begins. */
const begin = (length: number, i: number, n: number) => Math.floor((length * i) / n);
const [row, column] = [Math.floor(comm.rank / across), comm.rank % across];
const start = [begin(rows, row, down), begin(columns, column, across)] as const;
const subshape = [
  begin(rows, row + 1, down) - start[0],
  begin(columns, column + 1, across) - start[1],
] as const;

const block = new Float64Array(subshape[0] * subshape[1]);
for (let i = 0; i < subshape[0]; i++) {
  for (let j = 0; j < subshape[1]; j++) block[i * subshape[1] + j] = (start[0] + i) * 1000 + start[1] + j;
}

const path = comm.bcast(join(tmpdir(), `matrix-${process.pid}.bin`));
const file = File.open(comm, path, 'w+');
file.setView(0, Float64Array, { shape: [rows, columns], subshape, start });
file.writeAll(block);
file.close();

const again = File.open(comm, path, 'r', { deleteOnClose: true });
again.setView(0, Float64Array, { shape: [rows, columns], subshape: [rows, 1], start: [0, 77] });
if (comm.rank === 0) {
  const values = new Float64Array(rows);
  again.readAt(values, 0);
  const right = values.every((value, i) => value === i * 1000 + 77);
  console.log(`${again.size()} bytes; column 77 is as it should be: ${right}`);
}
again.close();
