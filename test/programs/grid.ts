/** Grids: fields whose halos keep themselves, the same bits as one rank's on every layout. */
import assert from 'node:assert/strict';
import { PROC_NULL, SUM, type Communicator } from 'flotilla';
import {
  architecture,
  dirichlet,
  dot,
  exchangeHalo,
  field,
  fillHalo,
  functionAxis,
  functionField,
  gather,
  launcher,
  max,
  min,
  neumann,
  norm,
  robin,
  scatter,
  structuredGrid,
  sum,
  swap,
  tensorField,
  uniformAxis,
  uniformGrid,
  vectorField,
  type Architecture,
  type ArchitectureOptions,
  type LauncherOptions,
} from 'flotilla/grid';
import { kernel, type Kernel, type Scalar, type Vector } from 'flotilla/kernel';
import { check, checkWorld, refuses, run } from '../harness/cases.ts';
import { sameWhole, setSome } from '../harness/grids.ts';
import { stokes } from './grid/stokes.ts';

const within = (actual: number, expected: number, relative: number, what: string) =>
  assert.ok(
    Math.abs(actual - expected) <= relative * Math.abs(expected),
    `${what}: ${actual} for ${expected}`,
  );

check('the topology names neighbors, node and coordinates', (comm) => {
  const arch = architecture(comm, { periodic: [false, true] });
  refuses('ERR_GRID', () => arch.topology, /first grid/);
  const grid = uniformGrid(arch, { origin: [0, 0], extent: [1, 1], cells: [40, 50] });
  const { dims, coords, neighbors, node, nodeRank, comm: cart } = arch.topology;
  assert.equal(dims[0]! * dims[1]!, comm.size);
  assert.deepEqual(coords, cart.coords());
  assert.equal(node.rank, nodeRank);
  assert.equal(neighbors[0]![0] === PROC_NULL, coords[0] === 0);
  assert.notEqual(neighbors[1]![0], PROC_NULL);
  assert.equal(comm.allreduce(grid.cells[0]! * grid.cells[1]!, SUM), 2000);
});

check('A: halos and their corners hold the rank that they belong to, outer ones are kept', (comm) => {
  const dims = comm.size === 4 ? [2, 2] : [0, 0];
  const arch = architecture(comm, { dims });
  const layout = comm.size === 4 ? [2, 2] : shapeOf(comm.size);
  const grid = uniformGrid(architecture(comm, { dims: layout }), {
    origin: [0, 0],
    extent: [1, 1],
    cells: [12 * layout[0]!, 12 * layout[1]!],
  });
  assert.ok(arch);
  const { topology } = grid;
  const f = field(grid, 'center');
  f.data.fill(comm.rank);
  f.touch();
  exchangeHalo(f);
  const [x = 0, y = 0] = topology.coords;
  for (const [dx, i] of [
    [-1, -1],
    [0, 5],
    [1, 12],
  ] as const)
    for (const [dy, j] of [
      [-1, -1],
      [0, 5],
      [1, 12],
    ] as const) {
      const [u, v] = [x + dx, y + dy];
      const isRank = u >= 0 && v >= 0 && u < layout[0]! && v < layout[1]!;
      // Beyond a wall they hold what was there: this rank's own number.
      const expected = isRank ? u * layout[1]! + v : dx !== 0 && dy !== 0 ? undefined : comm.rank;
      if (expected !== undefined) assert.equal(f.at(i, j), expected, `rank ${comm.rank} at ${i}, ${j}`);
    }
  if (comm.size === 4 && comm.rank === 0)
    assert.deepEqual([f.at(12, 5), f.at(5, 12), f.at(12, 12)], [2, 1, 3]);
  if (comm.size === 4 && comm.rank === 3)
    assert.deepEqual([f.at(-1, 5), f.at(5, -1), f.at(-1, -1)], [1, 2, 0]);
});

/** Ranks as near to a square as can be. */
function shapeOf(size: number): number[] {
  let p = Math.floor(Math.sqrt(size));
  while (size % p !== 0) p--;
  return [p, size / p];
}

const flux: Kernel<{ q: Vector; C: Scalar; chi: number }> = kernel(
  ({ dx, dy }, { q, C, chi }) => {
    q.x.here = -chi * dx(C);
    q.y.here = -chi * dy(C);
  },
  { name: 'flux' },
);
const update: Kernel<{ C: Scalar; q: Vector; dt: number }> = kernel(({ div }, { C, q, dt }) => {
  C.here -= dt * div(q);
});

function diffusion(arch: Architecture, halo = 1, overlap: LauncherOptions['overlap'] = 'auto') {
  const grid = uniformGrid(arch, { origin: [-2, -2], extent: [4, 4], cells: [252, 252], halo });
  const launch = launcher(grid, { overlap });
  const C = field(grid, 'center', { boundary: neumann() });
  const q = vectorField(grid);
  const chi = 1;
  const dt = Math.min(...grid.spacing) ** 2 / chi / 2 / 2.1;
  C.set((x, y) => Math.exp(-x * x - y * y));
  const before = sum(C) * grid.volume();
  for (let step = 0; step < 100; step++) {
    launch(flux, { q, C, chi });
    launch(update, { C, q, dt });
  }
  return { C, dt, before };
}

/** Layouts of so many ranks, with both carriers of halos. */
function* architectures(comm: Communicator, options: ArchitectureOptions = {}): Generator<Architecture> {
  yield architecture(comm, options);
  if (comm.size === 1) return;
  for (let p = 1; p <= comm.size; p++)
    if (comm.size % p === 0)
      yield architecture(comm, {
        ...options,
        dims: [p, comm.size / p],
        exchange: p % 2 === 1 ? 'auto' : 'messages',
      });
}

check(
  'B: diffusion gives the numbers of its closed sums and the bits of one rank, on every layout',
  (comm) => {
    const alone = diffusion(architecture());
    for (const arch of architectures(comm)) {
      const { C, dt, before } = diffusion(arch);
      assert.equal(dt, 5.9988722120241386e-5);
      within(before, 3.112275746677757, 1e-15, 'mass before');
      within(sum(C) * C.grid.volume(), 3.112275746677757, 1e-15, 'mass after');
      within(max(C), 0.9764441211643946, 4e-16, 'max');
      within(min(C), 7.057882195233631e-4, 4e-16, 'min');
      within(norm(C), 78.0251984715, 1e-13, 'norm');
      sameWhole(C, alone.C);
    }
    sameWhole(diffusion(architecture(comm), 2).C, alone.C);
    for (const overlap of [true, false, { outerWidth: 3 }, { outerWidth: [200, 1] }])
      sameWhole(diffusion(architecture(comm, { exchange: 'messages' }), 1, overlap).C, alone.C);
  },
);

const heat3: Kernel<{ next: Scalar; now: Scalar; dt: number }> = kernel(({ lap }, { next, now, dt }) => {
  next.here = now.here + dt * lap(now);
});

checkWorld('C: a mode in three dimensions decays as it must', (comm) => {
  const arch = architecture(comm);
  const grid = uniformGrid(arch, { origin: [0, 0, 0], extent: [1, 1, 1], cells: [32, 48, 40] });
  const launch = launcher(grid);
  const now = field(grid, 'center', { boundary: dirichlet() });
  const next = field(grid, 'center', { boundary: dirichlet() });
  const mode = (x: number, y: number, z: number) =>
    Math.sin(Math.PI * x) * Math.sin(2 * Math.PI * y) * Math.sin(Math.PI * z);
  const dt = Math.min(...grid.spacing) ** 2 / 3 / 2.1;
  assert.equal(dt, 6.889329805996472e-5);
  now.set(mode);
  for (let step = 0; step < 50; step++) {
    launch(heat3, { next, now, dt });
    swap(next, now);
  }
  let worst = 0;
  for (let k = 0; k < grid.cells[2]!; k++)
    for (let j = 0; j < grid.cells[1]!; j++)
      for (let i = 0; i < grid.cells[0]!; i++) {
        const exact = 0.8153300352792351 * mode(grid.center(0, i), grid.center(1, j), grid.center(2, k));
        worst = Math.max(worst, Math.abs(now.at(i, j, k) - exact));
      }
  assert.ok(worst <= 4e-15, `error ${worst}`);
});

const push: Kernel<{ v: Vector; p: Scalar; dt: number }> = kernel(({ dx, dy }, { v, p, dt }) => {
  v.x.here -= dt * dx(p);
  v.y.here -= dt * dy(p);
});
const squeeze: Kernel<{ p: Scalar; v: Vector; dt: number }> = kernel(({ div }, { p, v, dt }) => {
  p.here -= dt * div(v);
});

checkWorld('D: a standing wave, periodic both ways', (comm) => {
  for (const exchange of ['auto', 'messages'] as const) {
    const arch = architecture(comm, { periodic: true, exchange });
    const grid = uniformGrid(arch, { origin: [0, 0], extent: [3, 2], cells: [96, 64] });
    const launch = launcher(grid);
    const p = field(grid, 'center');
    const v = vectorField(grid);
    const wave = (x: number, y: number) => Math.cos((4 * Math.PI * x) / 3) * Math.cos(Math.PI * y);
    const dt = (0.9 * Math.min(...grid.spacing)) / Math.SQRT2;
    within(dt, 0.019887378220871648, 1e-15, 'dt');
    p.set(wave);
    launch(push, { v, p, dt: dt / 2 });
    for (let step = 0; step < 200; step++) {
      launch(squeeze, { p, v, dt });
      launch(push, { v, p, dt });
    }
    let worst = 0;
    for (let j = 0; j < grid.cells[1]!; j++)
      for (let i = 0; i < grid.cells[0]!; i++)
        worst = Math.max(
          worst,
          Math.abs(p.at(i, j) + 0.3917573892454098 * wave(grid.center(0, i), grid.center(1, j))),
        );
    assert.ok(worst <= 1e-13, `error ${worst}`);
  }
});

check('E: ghosts at walls, on stretched axes too', (comm) => {
  for (const halo of [1, 3]) ghosts(comm, halo);
});

function ghosts(comm: Communicator, halo: number): void {
  const arch = architecture(comm);
  const axes = [functionAxis((k) => (k / 36) ** 2 + k / 36, 36), uniformAxis(0, 1, 30)] as const;
  const grid = structuredGrid(arch, axes, { halo });
  const isLow = grid.connectivity[0]![0] === 'bounded';
  const isHigh = grid.connectivity[0]![1] === 'bounded';
  const n = grid.cells[0]!;
  const line = (x: number, y: number) => 3 + 2 * x + y;
  // Conditions that a linear function fulfils: their ghosts lie on it.
  const [low, high] = [0, axes[0].vertex(36)];
  const conditions = {
    dirichlet: [dirichlet((x, y) => line(x, y)), dirichlet((x, y) => line(x, y))],
    neumann: [neumann(2), neumann(() => 2)],
    robin: [
      robin(2, 0.5, (_, y) => 2 * line(low, y) - 0.5 * 2),
      robin(1, 3, (_, y) => line(high, y) + 3 * 2),
    ],
  } as const;
  for (const [name, [first, second]] of Object.entries(conditions))
    for (const place of ['cc', 'vc'] as const) {
      const f = field(grid, place, { boundary: { x: [first, second] } });
      f.set(line);
      fillHalo(f);
      const last = place === 'cc' ? n : n + 1;
      const at = (i: number) => (place === 'cc' ? grid.center(0, i) : grid.vertex(0, i));
      // Dirichlet at vertices sets the wall itself, and one layer less beyond it.
      const inwards = Number(name === 'dirichlet' && place === 'vc');
      for (let layer = 0; layer < halo; layer++)
        for (let j = 0; j < grid.cells[1]!; j++) {
          const lowest = isLow ? [inwards - 1 - layer] : [];
          const highest = isHigh ? [last - inwards + layer] : [];
          for (const i of [...lowest, ...highest])
            assert.ok(
              Math.abs(f.at(i, j) - line(at(i), grid.center(1, j))) <= 3e-14,
              `${name} at ${place}, ${i}: ${f.at(i, j)}`,
            );
        }
    }
}

const bend: Kernel<{ out: Scalar; f: Scalar; h: number }> = kernel((_, { out, f, h }) => {
  out.here = (f.at(-2, 0) + f.at(0, -2) - 4 * f.here + f.at(2, 0) + f.at(0, 2)) / (4 * h * h);
});

checkWorld('a kernel that reaches two points far, up to the walls', (comm) => {
  const n = 48;
  // Waves that continue beyond the walls as the conditions mirror them: their difference is a multiple of themselves, at the walls too.
  const factor = (k: number) => (n * n * (Math.cos((2 * k * Math.PI) / n) - 1)) / 2;
  const even = (x: number, y: number) => Math.cos(Math.PI * x) * Math.cos(2 * Math.PI * y);
  const odd = (x: number, y: number) => Math.sin(Math.PI * x) * Math.sin(2 * Math.PI * y);
  for (const [boundary, wave, place] of [
    [neumann(), even, 'cc'],
    [robin(0, 2), even, 'cc'],
    [dirichlet(), odd, 'cc'],
    [dirichlet(), odd, 'vv'],
  ] as const) {
    const results = [architecture(), ...architectures(comm)].map((arch) => {
      const grid = uniformGrid(arch, { origin: [0, 0], extent: [1, 1], cells: [n, n], halo: 2 });
      const [f, out] = [field(grid, place, { boundary }), field(grid, place, { boundary })];
      f.set(wave);
      launcher(grid)(bend, { out, f, h: grid.spacing[0]! });
      return { f, out };
    });
    for (const { out } of results) sameWhole(out, results[0]!.out);
    const { f, out } = results.at(-1)!;
    for (let j = 0; j < f.size[1]!; j++)
      for (let i = 0; i < f.size[0]!; i++) {
        const exact = (factor(1) + factor(2)) * f.at(i, j);
        assert.ok(Math.abs(out.at(i, j) - exact) < 1e-9, `${place} ${i}, ${j}: ${out.at(i, j)} for ${exact}`);
      }
  }
});

checkWorld('too little memory is told on all ranks, with the number of ranks that would do', (comm) => {
  const n = comm.size;
  // Six thousand million bytes a rank, where it can have 2^32 less some pages.
  const grid = uniformGrid(architecture(comm), { origin: [0], extent: [1], cells: [750_000_000 * n] });
  const enough = Math.ceil((6e9 * n) / (2 ** 32 - 2 ** 20));
  refuses(
    'ERR_NO_MEM',
    () => field(grid, 'center'),
    new RegExp(`need 5.6 GiB, and it can have 4: take ${enough} ranks or more$`),
  );
  const { Memory } = (
    globalThis as unknown as { WebAssembly: { Memory: { prototype: { grow: (pages: number) => number } } } }
  ).WebAssembly;
  const { grow } = Memory.prototype;
  const small = uniformGrid(architecture(comm), { origin: [0], extent: [1], cells: [100_000 * n] });
  if (comm.rank === n - 1)
    Memory.prototype.grow = () => {
      throw new RangeError('no pages are left');
    };
  try {
    refuses('ERR_NO_MEM', () => field(small, 'center'), /^the system has no \d+ bytes for a field$/);
  } finally {
    Memory.prototype.grow = grow;
  }
  assert.equal(sum(field(small, 'center')), 0);
});

checkWorld('a rank without a C compiler is told of on all ranks, by the first grid', (comm) => {
  const before = process.env.FLOTILLA_CC;
  if (comm.rank === comm.size - 1) process.env.FLOTILLA_CC = '/nowhere/cc';
  try {
    const arch = architecture(comm, { engine: 'native' });
    refuses(
      'ERR_ENGINE',
      () => uniformGrid(arch, { origin: [0], extent: [1], cells: [64] }),
      /^architecture: the engine native needs a C compiler: .*\/nowhere\/cc is missing\. Install one/,
    );
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, 'FLOTILLA_CC');
    else process.env.FLOTILLA_CC = before;
  }
});

checkWorld('the engine interpret finds what was written through data and not touched', (comm) => {
  for (const engine of ['interpret', 'wasm'] as const) {
    const grid = uniformGrid(architecture(comm, { engine }), {
      origin: [0, 0],
      extent: [1, 1],
      cells: [12, 40],
    });
    const launch = launcher(grid);
    const [C, q] = [field(grid, 'center', { boundary: neumann() }), vectorField(grid)];
    C.set(1);
    launch(flux, { q, C, chi: 1 });
    C.data[C.index(2, 1)] = 2;
    const again = () => launch(flux, { q, C, chi: 1 });
    if (engine === 'wasm') again();
    else
      refuses(
        'ERR_HALO',
        again,
        /flux: C was written through data at \(2, 1\) and not touched since: call C.touch\(\)/,
      );
    C.touch();
    again();
    assert.equal(q.x.at(2, 1), -1 / grid.spacing[0]!);
    swap(C, field(grid, 'center', { boundary: neumann() }));
    fillHalo(C);
    again();
  }
});

const interpolated: Kernel<{ d: Scalar; l: Scalar; s: Scalar; f: Scalar; k: Scalar }> = kernel(
  ({ dx, lerp, dkdx }, { d, l, s, f, k }) => {
    d.here = dx(f);
    l.here = lerp(f, l);
    s.here = dkdx(k, f);
  },
);

checkWorld('E: operators on a stretched axis are of second order', (comm) => {
  const errors = (cells: number) => {
    const stretch = (k: number) => Math.sinh((2 * k) / cells - 1);
    const grid = structuredGrid(architecture(comm), [functionAxis(stretch, cells)]);
    const whole = neumann();
    const [f, k] = [field(grid, 'center', { boundary: whole }), field(grid, 'center', { boundary: whole })];
    const [d, l, s] = [field(grid, 'vertex'), field(grid, 'vertex'), field(grid, 'center')];
    f.set((x) => Math.sin(x));
    k.set((x) => 2 + Math.cos(x));
    launcher(grid)(interpolated, { d, l, s, f, k });
    const worst = [0, 0, 0];
    const note = (n: number, error: number) => (worst[n] = Math.max(worst[n]!, Math.abs(error)));
    // Away from walls, where ghosts are those of another function.
    for (let i = 0; i <= grid.cells[0]!; i++) {
      const at = grid.first[0]! + i;
      if (at < cells / 8 || at > (cells * 7) / 8) continue;
      note(0, d.at(i) - Math.cos(grid.vertex(0, i)));
      note(1, l.at(i) - Math.sin(grid.vertex(0, i)));
      if (i === grid.cells[0]) continue;
      const x = grid.center(0, i);
      note(2, s.at(i) + Math.sin(x) * (2 + Math.cos(x)) + Math.sin(x) * Math.cos(x));
    }
    return worst.map((own) => Math.max(...comm.allgather(own)));
  };
  const coarse = errors(64);
  const fine = errors(128);
  coarse.forEach((error, n) => {
    const ratio = error / fine[n]!;
    assert.ok(ratio > 3.8 && ratio < 4.2, `operator ${n}: ${ratio}`);
  });
});

checkWorld('F: sums are exact, whatever the layout', (comm) => {
  const cells = [100, 90];
  const values = Float64Array.from(
    { length: 9000 },
    (_, i) => (i % 3 === 1 ? -1 : 1) * 10 ** ((i * 7919) % 20) * (1 + i / 9001),
  );
  const exact = values.reduce((total, value) => total + fraction(value), 0n);
  for (const arch of architectures(comm)) {
    const grid = uniformGrid(arch, { origin: [0, 0], extent: [1, 1], cells: [100, 90] });
    const f = field(grid, 'center');
    scatter(f, comm.rank === 0 ? values : undefined);
    assert.equal(sum(f), Number(exact) / 2 ** 60);
    within(sum(f, { fast: true }), Number(exact) / 2 ** 60, 1e-9, 'fast');
    assert.equal(
      min(f),
      values.reduce((a, b) => Math.min(a, b)),
    );
    const all = gather(f);
    assert.equal(all === undefined, comm.rank !== 0);
    if (all) assert.deepEqual([all.shape, all.data], [[...cells].reverse(), values]);
    const ones = field(grid, 'center');
    ones.set(1);
    assert.equal(dot(f, ones), sum(f));
    const v = field(grid, 'vertex');
    v.set(1);
    assert.equal(sum(v), 101 * 91);
    f.set((x) => (x > 0.5 ? Infinity : x));
    assert.equal(sum(f), Infinity);
    assert.equal(max(f), Infinity);
    f.set(NaN);
    assert.ok(Number.isNaN(max(f)) && Number.isNaN(sum(f)));
  }
});

/** A number of the test as a whole number of 2^−60. */
const fraction = (value: number): bigint =>
  BigInt(Math.trunc(value)) * 2n ** 60n + BigInt((value - Math.trunc(value)) * 2 ** 60);

checkWorld('scatter and gather, on every place, with shared vertices', (comm) => {
  for (const periodic of [false, true])
    for (const arch of architectures(comm)) {
      const { dims } = uniformGrid(arch, { origin: [0, 0], extent: [1, 1], cells: [30, 40] }).topology;
      const on = architecture(comm, { dims, periodic });
      const grid = uniformGrid(on, { origin: [0, 0], extent: [1, 1], cells: [30, 40] });
      for (const place of ['cc', 'vc', 'cv', 'vv']) {
        const f = field(grid, place);
        const [nx, ny] = [0, 1].map((d) => grid.global[d]! + (place[d] === 'v' && !periodic ? 1 : 0)) as [
          number,
          number,
        ];
        const values = Float64Array.from({ length: nx * ny }, (_, i) => i);
        scatter(f, values, comm.size - 1);
        for (let j = 0; j < f.size[1]!; j++)
          for (let i = 0; i < f.size[0]!; i++)
            assert.equal(
              f.at(i, j),
              ((grid.first[0]! + i) % nx) + nx * ((grid.first[1]! + j) % ny),
              `${place} ${i} ${j}`,
            );
        const all = gather(f, comm.size - 1);
        if (all) assert.deepEqual(all.data, values);
      }
      refuses('ERR_ARGUMENT', () => scatter(field(grid, 'center'), [1, 2, 3]), /1200|30 × 40/);
    }
});

checkWorld('Stokes with a warm inclusion: visco-elastic, thermal; the bits of one rank', (comm) => {
  const alone = stokes(architecture(), 40, 60);
  for (const options of [
    {},
    { exchange: 'messages' },
    { dims: [comm.size, 1] },
  ] satisfies ArchitectureOptions[]) {
    const { T, V, Pr } = stokes(architecture(comm, options), 40, 60);
    for (const [mine, theirs] of [
      [T, alone.T],
      [V.x, alone.V.x],
      [V.y, alone.V.y],
      [Pr, alone.Pr],
    ] as const)
      sameWhole(mine, theirs);
  }
});

checkWorld(
  'Stokes exchanges velocity and temperature once an iteration, and nothing else once it has begun',
  (comm) => {
    const counts: number[] = [];
    stokes(architecture(comm), 40, 10, ({ traffic }) => counts.push(traffic.fields, traffic.exchanges));
    const [fields = 0, exchanges = 0] = counts.slice(-2);
    const [fieldsBefore = 0, exchangesBefore = 0] = counts.slice(2, 4);
    // Both components of the velocity in one exchange; temperature in another.
    const each = comm.size > 1 ? 28 : 0;
    assert.deepEqual([fields - fieldsBefore, exchanges - exchangesBefore], [3 * each, 2 * each]);
  },
);

checkWorld('the plain function, C and helper threads give the same bits', (comm) => {
  const result = (arch: Architecture) => stokes(arch, 20, 3);
  const alone = result(architecture());
  for (const options of [
    { engine: 'native' },
    { engine: 'interpret' },
    { threads: 2 },
  ] satisfies ArchitectureOptions[]) {
    const { T, V } = result(architecture(comm, options));
    sameWhole(T, alone.T);
    sameWhole(V.y, alone.V.y);
  }
});

check('a condition that lacks is named, before anything is written', (comm) => {
  const grid = uniformGrid(architecture(comm), { origin: [0, 0], extent: [1, 1], cells: [30, 40] });
  const launch = launcher(grid);
  const V = vectorField(grid);
  const tau = tensorField(grid);
  const shear: Kernel<{ tau: { xy: Scalar }; V: Vector }> = kernel(
    ({ dx, dy }, args) => {
      args.tau.xy.here = dx(args.V.y) + dy(args.V.x);
    },
    { name: 'shear' },
  );
  V.y.boundary = neumann();
  V.x.boundary = { x: dirichlet() };
  refuses(
    'ERR_HALO',
    () => launch(shear, { tau, V }),
    /^shear: tau.xy needs V.x beyond the wall y low, where it has no boundary condition$/,
  );
  V.x.boundary = { x: dirichlet(), y: [neumann(), neumann()] };
  launch(shear, { tau, V });
  const far: Kernel<{ a: Scalar; b: Scalar }> = kernel(
    (_, { a, b }) => {
      a.here = b.at(2, 0);
    },
    { name: 'far' },
  );
  const [a, b] = [field(grid, 'center'), field(grid, 'center', { boundary: neumann() })];
  refuses(
    'ERR_HALO',
    () => launch(far, { a, b }),
    /far: a needs 2 layers of b around a point in x, and the grid has a halo of 1: make it with halo: 2/,
  );
  refuses('ERR_ARGUMENT', () => b.set([1, 2, 3]), /an array of 3 elements/);
  const other = uniformGrid(architecture(comm), { origin: [0, 0], extent: [1, 1], cells: [30, 40] });
  refuses(
    'ERR_ARGUMENT',
    () => launch(far, { a: field(other, 'center'), b }),
    /far: a belongs to another grid/,
  );
  refuses('ERR_ARGUMENT', () => dot(a, V.x), /dot: fields at \(cc\) and \(vc\)/);
  refuses('ERR_ARGUMENT', () => field(grid, 'middle'), /'middle' is no place/);
});

check('too many ranks for the cells are refused on all, with the layout that works', (comm) => {
  if (comm.size === 1) return;
  const arch = architecture(comm, { dims: [comm.size] });
  const cells = [2 * comm.size - 1];
  refuses(
    'ERR_GRID',
    () => uniformGrid(arch, { origin: [0], extent: [1], cells, halo: 2 }),
    new RegExp(
      `${comm.size} ranks laid out as ${comm.size} do not fit ${cells[0]} cells with a halo of 2; the largest layout that works is ${comm.size - 1}, `,
    ),
  );
});

const spread: Kernel<{ out: Scalar; f: Scalar; g: Scalar; s: number }> = kernel((_, { out, f, g, s }) => {
  out.here = f.at(1, 1) + f.at(-1, 1) * s - f.at(1, -1) + f.at(-1, -1) * g.here;
});

checkWorld('diagonals, numbers and function fields as arguments, launches within a region', (comm) => {
  const result = (arch: Architecture) => {
    const grid = uniformGrid(arch, { origin: [0, 0], extent: [1, 2], cells: [31, 42], halo: 2 });
    const launch = launcher(grid);
    const f = field(grid, 'center', {
      boundary: { x: neumann(0.5), y: [dirichlet(1), robin(1, 0.5, (x) => x)] },
    });
    const out = field(grid, 'center', { boundary: neumann() });
    setSome(f);
    const g = functionField(grid, 'center', (x, y, _, { r }) => x * r + y, { r: 2 });
    launch(spread, { out, f, g, s: 0.5 });
    swap(out, f);
    launch(spread, { out, f, g: 3, s: 0.25 });
    launch(spread, { out: f, f: out, g: out, s: 0.125 }, { within: { lo: [5, 7], hi: [20, 33] } });
    launch(spread, { out, f, g: 1, s: 1 });
    return out;
  };
  const alone = result(architecture());
  for (const arch of architectures(comm)) sameWhole(result(arch), alone);
});

await run();
