/** 20 random programs of five kernels, on random grids: one result on every layout, engine and fabric. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Communicator } from 'flotilla';
import {
  architecture,
  dirichlet,
  field,
  functionAxis,
  launcher,
  neumann,
  robin,
  structuredGrid,
  swap,
  uniformAxis,
  type Architecture,
  type ArchitectureOptions,
  type BoundaryCondition,
  type Field,
  type LauncherOptions,
} from 'flotilla/grid';
import { kernel, type Kernel, type Point, type Scalar } from 'flotilla/kernel';
import { checkWorld, run } from '../harness/cases.ts';
import { sameWhole, setSome } from '../harness/grids.ts';

const NAMES = ['a', 'b', 'e', 'n', 'o'] as const;
type Name = (typeof NAMES)[number];
const PLACES: Readonly<Record<Name, string>> = { a: 'cc', b: 'cc', e: 'vc', n: 'cv', o: 'vv' };
type Fields = Record<Name, Scalar> & { s: number };

/** What may stand in an expression at a place; each names the field that it reads. */
const LEAVES: Readonly<Record<string, readonly string[]>> = {
  cc: [
    'dx(e)',
    'dy(n)',
    'lap(a)',
    'lap(b)',
    'dx2(a)',
    'dkdy(a, b)',
    'lerp(e, "cc")',
    'lerp(n, "cc")',
    'lerp(o, "cc")',
  ],
  vc: [
    'dx(a)',
    'dx(b)',
    'dy(o)',
    'leftx(a)',
    'rightx(b)',
    'lerp(a, "vc")',
    'lerp(n, "vc")',
    'lerp(o, "vc")',
    'diffx(b)',
  ],
  cv: [
    'dy(a)',
    'dy(b)',
    'dx(o)',
    'lefty(b)',
    'righty(a)',
    'lerp(b, "cv")',
    'lerp(e, "cv")',
    'hlerp(o, "cv")',
  ],
  vv: ['dx(n)', 'dy(e)', 'lerp(a, "vv")', 'lerp(b, "vv")', 'lefty(e)', 'rightx(n)', 'lerp(e, "vv")'],
};

const names = (leaf: string) =>
  NAMES.filter((name) => new RegExp(`\\b${name}\\b`).test(leaf.replaceAll(/"\w+"/g, '')));

/** A kernel that writes one or two fields and reads others around the point. */
const kernelSource = fc
  .record({
    targets: fc.constantFrom<readonly Name[]>(
      ['a'],
      ['b'],
      ['e'],
      ['n'],
      ['o'],
      ['e', 'n'],
      ['a', 'o'],
      ['b', 'e'],
    ),
    picks: fc.array(fc.nat(1000), { minLength: 8, maxLength: 8 }),
    at: fc.tuple(fc.integer({ min: -1, max: 1 }), fc.integer({ min: -1, max: 1 })),
    position: fc.boolean(),
  })
  .map(({ targets, picks, at, position }) => {
    let next = 0;
    const pick = <T>(list: readonly T[]): T => list[picks[next++ % picks.length]! % list.length]!;
    const lines = targets.map((target) => {
      const place = PLACES[target];
      const allowed = LEAVES[place]!.filter((leaf) => names(leaf).every((name) => !targets.includes(name)));
      const here = NAMES.filter(
        (name) => PLACES[name] === place && (name === target || !targets.includes(name)),
      );
      const free = here.filter((name) => name !== target);
      const shifted =
        free.length > 0 && pick([true, false]) ? `${pick(free)}.at(${at.join()})` : `${target}.here * 0.5`;
      const leaf = () => (allowed.length > 0 ? pick(allowed) : `${target}.here`);
      const value = `${leaf()} * 0.25 + ${leaf()} * s - Math.max(${shifted}, ${pick(here)}.here)${position ? ' + x() * 0.125 + j() * 0.01' : ''}`;
      return `${target}.here = bounded(${value});`;
    });
    return `({ dx, dy, dx2, lap, dkdy, leftx, rightx, lefty, righty, diffx, lerp, hlerp, x, j }, { a, b, e, n, o, s }) => {
  const bounded = (value) => value / (1 + Math.abs(value));
  ${lines.join('\n  ')}
}`;
  });

const condition = fc.constantFrom<() => BoundaryCondition>(
  () => neumann(),
  () => neumann(0.5),
  () => robin(1, 0.5, 0.25),
  () => robin(2, 1, (x, y) => x - y),
  () => dirichlet((x, y) => 0.5 * x * y),
);

const program = fc.record({
  kernels: fc.array(kernelSource, { minLength: 5, maxLength: 5 }),
  conditions: fc.array(condition, { minLength: NAMES.length, maxLength: NAMES.length }),
  periodic: fc.tuple(fc.boolean(), fc.boolean()),
  stretched: fc.boolean(),
  halo: fc.integer({ min: 1, max: 2 }),
  swaps: fc.boolean(),
});
type Program = typeof program extends fc.Arbitrary<infer T> ? T : never;

// A seed: the programs are the same on all ranks.
const PROGRAMS = fc.sample(program, { numRuns: 20, seed: 20250607 });

interface Result {
  readonly fields: readonly Field[];
  /** What was refused: the same on every layout. */
  readonly refused: readonly string[];
}

function result(subject: Program, arch: Architecture, overlap: LauncherOptions['overlap'] = 'auto'): Result {
  const { kernels, conditions, stretched, halo, swaps } = subject;
  const x = stretched ? functionAxis((k) => k / 23 + 0.3 * (k / 23) ** 2, 23) : uniformAxis(0, 1, 23);
  const grid = structuredGrid(arch, [x, uniformAxis(-1, 2, 19)], { halo });
  const launch = launcher(grid, { overlap });
  const fields = NAMES.map((name, i) => {
    // A value given at vertices leaves what lies beyond the wall unset: for one of the fields only, so that few kernels are refused.
    const given = conditions[i]!();
    const boundary = given.kind === 'dirichlet' && name !== 'a' && name !== 'e' ? neumann() : given;
    const made = field(grid, PLACES[name], { boundary, name });
    setSome(made, i);
    return made;
  });
  const [a, b, e, n, o] = fields as [Field, Field, Field, Field, Field];
  const made = kernels.map((source) => compiled(source));
  const refused: string[] = [];
  for (let round = 0; round < 3; round++) {
    made.forEach((each, i) => {
      try {
        launch(each, { a, b, e, n, o, s: 0.1 * (i + round) });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ERR_HALO')) throw error;
        refused.push(`${i} ${error.message}`);
      }
    });
    if (swaps) swap(a, b);
  }
  return { fields, refused };
}

const known = new Map<string, Kernel<Fields>>();
function compiled(source: string): Kernel<Fields> {
  let made = known.get(source);
  if (made === undefined) {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const fn = (new Function(`return ${source}`) as () => (point: Point, args: Fields) => void)();
    made = kernel(fn, { name: 'random' });
    known.set(source, made);
  }
  return made;
}

function same(actual: Result, expected: Result): void {
  assert.deepEqual(actual.refused, expected.refused);
  actual.fields.forEach((each, i) => sameWhole(each, expected.fields[i]!));
}

const layouts = (comm: Communicator): (ArchitectureOptions & { overlap?: boolean })[] => [
  {},
  { dims: [comm.size, 1], exchange: 'messages' },
  { dims: [1, comm.size], exchange: 'messages', overlap: true },
  { dims: [0, 0], overlap: true },
];

checkWorld('20 random programs give one result on every layout', (comm) => {
  let refused = 0;
  PROGRAMS.forEach((subject, i) => {
    const { periodic } = subject;
    const alone = result(subject, architecture(undefined, { periodic }));
    refused += alone.refused.length;
    const { overlap = false, ...options } = layouts(comm)[i % 4]!;
    same(result(subject, architecture(comm, { ...options, periodic }), overlap), alone);
    if (i % 5 === 0) same(result(subject, architecture(comm, { periodic, engine: 'interpret' })), alone);
    if (i % 10 === 0) same(result(subject, architecture(comm, { periodic, threads: 2 })), alone);
  });
  assert.ok(refused < 100, `${refused} of 300 launches were refused`);
});

checkWorld('two of them by the C compiler', (comm) => {
  for (const subject of PROGRAMS.slice(0, 2)) {
    const { periodic } = subject;
    const native = result(subject, architecture(undefined, { periodic, engine: 'native' }));
    same(result(subject, architecture(comm, { periodic })), native);
  }
});

await run();
