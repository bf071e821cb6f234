/**
 * Heat on a square plate, cut into one block a rank. Each block has a rim of its neighbors' cells (the halo), exchanged every step: rows lie
 * together in memory, columns do not, and are sent as strided views. At the plate's edges, where it is kept at 0, there is no neighbor
 * (PROC_NULL) and the rim stays 0. The mode sin πx sin πy shrinks by the same known factor at every step.
 */
import { dimsCreate, MAX, strided, world } from 'flotilla';

const comm = world();
const cells = 60; // along each side of the plate
const steps = 500;
const dx = 1 / (cells + 1);
const share = 0.2; // of the difference to a neighbor that moves in one step

const cart = comm.cart(dimsCreate(comm.size, 2))!;
const [y, x] = cart.coords().map((at, i) => {
  const begin = Math.floor((cells * at) / cart.dims[i]!);
  return { begin, count: Math.floor((cells * (at + 1)) / cart.dims[i]!) - begin };
}) as [{ begin: number; count: number }, { begin: number; count: number }];
const width = x.count + 2;
const mode = (i: number, j: number) =>
  Math.sin(Math.PI * (y.begin + i) * dx) * Math.sin(Math.PI * (x.begin + j) * dx);

const row = (field: Float64Array, i: number) =>
  strided(field, { offset: i * width + 1, shape: [x.count], strides: [1] });
const column = (field: Float64Array, j: number) =>
  strided(field, { offset: width + j, shape: [y.count], strides: [width] });
/** A field, with what of it goes to the neighbors above, below, left and right, and what comes from them. */
function block() {
  const field = new Float64Array((y.count + 2) * width);
  return {
    field,
    send: [row(field, 1), row(field, y.count), column(field, 1), column(field, x.count)],
    recv: [row(field, 0), row(field, y.count + 1), column(field, 0), column(field, x.count + 1)],
  };
}

let heat = block();
let after = block();
for (let i = 1; i <= y.count; i++) for (let j = 1; j <= x.count; j++) heat.field[i * width + j] = mode(i, j);

for (let step = 0; step < steps; step++) {
  cart.NeighborAlltoallw(heat.send, heat.recv);
  const from = heat.field;
  const to = after.field;
  for (let i = 1; i <= y.count; i++) {
    for (let k = i * width + 1; k <= i * width + x.count; k++) {
      to[k] =
        from[k]! + share * (from[k - 1]! + from[k + 1]! + from[k - width]! + from[k + width]! - 4 * from[k]!);
    }
  }
  [heat, after] = [after, heat];
}

const factor = 1 - 8 * share * Math.sin((Math.PI * dx) / 2) ** 2;
let error = 0;
for (let i = 1; i <= y.count; i++) {
  for (let j = 1; j <= x.count; j++) {
    error = Math.max(error, Math.abs(heat.field[i * width + j]! - factor ** steps * mode(i, j)));
  }
}
const worst = comm.reduce(error, MAX);
if (worst !== undefined)
  console.log(`after ${steps} steps the largest error is below 1e-12: ${worst < 1e-12}`);
