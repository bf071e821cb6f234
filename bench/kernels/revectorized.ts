/** The stencil by WebAssembly and C, for a Node that runs with --experimental-wasm-revectorize: prints `wasm` and `c`, nanoseconds a point. */
import { bound, fields, five, measure, slabs } from './setup.ts';

const [size = 128, rounds = 5] = process.argv.slice(2).map(Number);
const n = [size, size];
const field = fields(2, n, 'f64');
const args = { next: field('cc'), now: field('cc'), k: 0.1 };
const wasm = slabs(bound(five, args, {}), n);
const c = slabs(bound(five, args, { engine: 'native' }), n);
for (const [name, time] of measure({ wasm, c }, n, rounds)) console.log(`${name} ${time}`);
