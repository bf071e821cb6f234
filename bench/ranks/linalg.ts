/** Our side of bench/linalg.ts: `name seconds` of wall time, `name.cpu` of this rank's processor. */
import { MAX, libraryVersion, world } from 'flotilla';
import {
  basisState,
  boundSpectrum,
  csr,
  eigh,
  evolve,
  expectation,
  hamHeis,
  hamMbl,
  svds,
  vectorOf,
  type Operator,
} from 'flotilla/linalg';
import { SolverMemory } from '../../dist/linalg/kernels/memory.js';
import { layoutOf, prepareProduct } from '../../dist/linalg/krylov/product.js';
import { glossRows } from '../../examples/linalg/wordnet.ts';

const comm = world();
const largest = Number(process.argv[2] ?? 20);
const middle = Math.min(largest, 18);
const seconds = new Map<string, number>();

/** The best of some runs, as all ranks have ended. */
function time(name: string, body: () => unknown, runs = 2): void {
  for (let run = 0; run < runs; run++) {
    comm.barrier();
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    body();
    const wall = comm.allreduce((performance.now() - began) / 1000, MAX);
    const { user, system } = process.cpuUsage(cpu);
    if (wall < (seconds.get(name) ?? Infinity)) {
      seconds.set(name, wall);
      seconds.set(`${name}.cpu`, comm.allreduce((user + system) / 1e6, MAX));
    }
  }
}

/** Figures are worth nothing where the numbers are wrong. */
function mustBeNear(found: readonly number[], right: readonly number[]): void {
  right.forEach((value, i) => {
    if (!(Math.abs(found[i]! - value) <= 1e-10)) throw new Error(`${found[i]} for ${value}`);
  });
}

/** A product with an operator, best of many. */
function product(name: string, operator: Operator): void {
  const layout = layoutOf(operator, comm, operator.scalar);
  const plan = prepareProduct(operator, layout)();
  const { start, end } = layout.rows[comm.rank]!;
  const memory = new SolverMemory(plan.bytes + 16 * (end - start), plan.allocations + 2, comm.size);
  const bound = plan.bind(memory);
  const [x, y] = [memory.allocate(8 * (end - start)), memory.allocate(8 * (end - start))];
  memory.floats(x, end - start).fill(1);
  time(name, () => bound.apply(y, x), 30);
  memory.free();
}

const H = hamHeis(middle);
const stored = () => csr(H.rows({ start: 0, end: 2 ** middle }));
product('product', H);
if (comm.size === 1) {
  time('rows', () => H.rows({ start: 0, end: 2 ** middle }));
  const rows = stored();
  product('product.rows', rows);
  time('e0.rows', () => eigh(rows, { k: 1, tol: 1e-12 }));
}
for (let n = 16; n <= largest; n += 2) time(`e0.${n}`, () => eigh(hamHeis(n), { k: 1, tol: 1e-12 }));
time('k5', () => eigh(H, { k: 5, tol: 1e-10 }), 1);
for (const n of new Set([16, middle])) {
  const chain = hamHeis(n);
  time(`evolve.${n}`, () => [...evolve(chain, basisState(chain, '01'.repeat(n / 2)), [5])]);
}
if (comm.size === 1) {
  const G = csr(glossRows({ start: 0, end: 82192 }), { columns: 19858 });
  time('words', () => svds(G, { k: 6 }));
}
// quimb's quench: the bounds are known, and energy is kept.
if (comm.size === 2 && largest >= 20) {
  const Q = hamHeis(20);
  const angle = (site: number) => (site * (Math.sqrt(5) - 1)) % 1;
  const product = vectorOf(Q, (_, state) => {
    let amplitude = 1;
    for (let site = 0; site < 20; site++)
      amplitude *= ((state >> (19 - site)) & 1) === 0 ? Math.cos(angle(site)) : Math.sin(angle(site));
    return amplitude;
  });
  const energy = expectation(Q, product);
  time('bounds', () => mustBeNear(boundSpectrum(Q), [-8.682473334399, 4.75]), 1);
  time(
    'quench',
    () => {
      for (const { state } of evolve(Q, product, [1])) mustBeNear([expectation(Q, state)], [energy]);
    },
    1,
  );
}
if (libraryVersion().includes('Open MPI')) {
  const slepc = { backend: 'slepc' } as const;
  time('slepc.e0', () => eigh(H, { k: 1, tol: 1e-12, ...slepc }));
  const n = largest >= 20 ? 16 : 14;
  const fields = Array.from({ length: n }, (_, i) => 3 * Math.sin(7 * i * i + 1));
  const M = hamMbl(n, { fields }).in({ sz: 0 });
  time('slepc.near', () => eigh(M, { k: 5, near: 0, multiplicity: 'as found', ...slepc }));
}
if (comm.rank === 0) for (const [name, value] of seconds) console.log(`${name} ${value}`);
