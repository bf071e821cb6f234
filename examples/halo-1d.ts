/**
 * Heat on a rod, cut into one piece a rank. Each piece has a cell of each neighbour at its ends (the halo), exchanged every
 * step; at the rod's own ends PROC_NULL makes the exchange do nothing. Compared with the exact solution, whose first mode decays as exp(−π² t).
 */
import { MAX, PROC_NULL, world } from 'flotilla';

const comm = world();
const cells = 240;
const steps = 2000;
const dx = 1 / (cells + 1);
const dt = 0.4 * dx * dx;

const begin = Math.floor((cells * comm.rank) / comm.size);
const end = Math.floor((cells * (comm.rank + 1)) / comm.size);
const n = end - begin;
let heat = new Float64Array(n + 2);
let after = new Float64Array(n + 2);
for (let i = 0; i < n; i++) heat[i + 1] = Math.sin(Math.PI * (begin + i + 1) * dx);

const left = comm.rank > 0 ? comm.rank - 1 : PROC_NULL;
const right = comm.rank < comm.size - 1 ? comm.rank + 1 : PROC_NULL;
for (let step = 0; step < steps; step++) {
  comm.Sendrecv(heat.subarray(1, 2), left, 0, heat.subarray(n + 1), right, 0);
  comm.Sendrecv(heat.subarray(n, n + 1), right, 1, heat.subarray(0, 1), left, 1);
  for (let i = 1; i <= n; i++) {
    after[i] = heat[i]! + (dt / (dx * dx)) * (heat[i - 1]! - 2 * heat[i]! + heat[i + 1]!);
  }
  [heat, after] = [after, heat];
}

let error = 0;
const decay = Math.exp(-(Math.PI ** 2) * dt * steps);
for (let i = 0; i < n; i++) {
  error = Math.max(error, Math.abs(heat[i + 1]! - decay * Math.sin(Math.PI * (begin + i + 1) * dx)));
}
const worst = comm.reduce(error, MAX);
if (worst !== undefined) console.log(`after ${steps} steps the largest error is below 1e-5: ${worst < 1e-5}`);
