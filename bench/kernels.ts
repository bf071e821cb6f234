/**
 * Kernels beside C in one run: the text of the `native` engine by gcc -O3, and a textbook loop; beside plain JavaScript and one thread. Samples are slabs
 * of rows; the order of contenders changes from round to round, since who comes second to the same data looks faster.
 */
import {
  kernel,
  sharedMemory,
  type Cells,
  type CompileOptions,
  type ElementType,
  type Kernel,
  type Scalar,
} from '../src/kernel/index.ts';
import { stress, velocity } from '../test/kernel/kernels.ts';
import { inLargePages, largePages, plain, textbook } from './kernels/peers.ts';
import { bound, copy, fields, five, measure, seven, slabs, WARM_UP, type Runner } from './kernels/setup.ts';
import { figures, median, print, type Row } from './table.ts';

const rows: Row[] = [];
function add(
  what: string,
  ours: number,
  theirs: number,
  bar: string,
  met: (ratio: number) => boolean,
  ratio: number = ours / theirs,
): void {
  rows.push({
    what,
    cells: [`${ours.toFixed(3)} ns`, `${theirs.toFixed(3)} ns`],
    ratio,
    bar,
    met: met(ratio),
  });
}
const below = (bar: number) => [`≤ ${bar}`, (ratio: number) => ratio <= bar] as const;
const above = (bar: number) => [`≥ ${bar}`, (ratio: number) => ratio >= bar] as const;

function stencil(n: readonly number[], type: ElementType, rounds: number, bar: number): void {
  const field = fields(2, n, type);
  const place = 'c'.repeat(n.length);
  const cells = [field(place), field(place)] as const;
  const args = { next: cells[0], now: cells[1], k: 0.1 };
  const flat = n.length === 2;
  const of = (options: CompileOptions) => slabs(bound(flat ? five : seven, args, options), n);
  const contenders: Record<string, Runner> = { wasm: of({}), c: of({ engine: 'native' }) };
  if (flat)
    Object.assign(contenders, {
      textbook: textbook(cells, n, type === 'f64' ? 'double' : 'float'),
      js: plain(cells, n),
    });
  const found = measure(contenders, n, rounds);
  const [wasm = NaN, c = NaN, book = NaN, js = NaN] = ['wasm', 'c', 'textbook', 'js'].map((name) =>
    found.get(name),
  );
  const what = `${flat ? '5' : '7'}-point ${type}, ${n.join(' × ')}`;
  add(`${what}: wasm beside C`, wasm, c, ...below(bar));
  if (!flat) return;
  add(`${what}: our C beside a textbook loop`, c, book, ...below(1.05));
  add(`${what}: plain JavaScript beside wasm`, js, wasm, ...above(type === 'f64' ? 1.8 : 6));
}

/** Share of the memory's speed that a stencil reaches: both move 16 bytes a point if each element is moved once. */
function effective(n: readonly [number, number], rounds: number, bar: number, large = false): void {
  const before = largePages();
  const field = fields(2, n, 'f64', large ? inLargePages : undefined);
  const share = (largePages() - before) / (16 * n[0] * n[1]);
  if (large && share < 0.9) {
    process.stderr.write('T_eff in large pages: left out, this machine gives none (transparent_hugepage)\n');
    return;
  }
  const args = { next: field('cc'), now: field('cc') };
  const of = (options: CompileOptions) => slabs(bound(copy, args, options), n);
  const contenders = {
    stencil: slabs(bound(five, { ...args, k: 0.1 }, {}), n),
    wasm: of({}),
    c: of({ engine: 'native' }),
  };
  const found = measure(contenders, n, rounds);
  const best = Math.min(found.get('wasm')!, found.get('c')!);
  add(
    `T_eff of 5-point f64 beside a copy loop, ${n.join(' × ')}${large ? ', large pages' : ''}`,
    best,
    found.get('stencil')!,
    ...above(bar),
  );
}

function stokes(n: readonly [number, number], type: ElementType, rounds: number, bar: number): void {
  const field = fields(14, n, type);
  const tensor = () => ({ xx: field('cc'), yy: field('cc'), xy: field('vv') });
  const vector = () => ({ x: field('vc'), y: field('cv') });
  const shared = { tau: tensor(), Pr: field('cc'), V: vector() };
  const first = {
    ...shared,
    divV: field('cc'),
    tauOld: tensor(),
    eta: 10,
    etaVe: 0.3,
    G: 1,
    dt: 0.01,
    dtauPr: 1e-9,
    dtauR: 1e-9,
  };
  const second = { ...shared, rV: vector(), rhogy: 1, etaVe: 0.3, nudtau: 1e-9 };
  const of = (options: CompileOptions): Runner => {
    const [a, b] = [slabs(bound(stress, first, options), n), slabs(bound(velocity, second, options), n)];
    return (low, high) => {
      a(low, high);
      b(low, high);
    };
  };
  const found = measure({ wasm: of({}), c: of({ engine: 'native' }) }, n, rounds);
  add(`Stokes ${type}, ${n.join(' × ')}: wasm beside C`, found.get('wasm')!, found.get('c')!, ...below(bar));
}

function threads(n: readonly [number, number], rounds: number): void {
  const field = fields(2, n, 'f64');
  const args = { next: field('cc'), now: field('cc'), k: 0.1 };
  const whole = { lo: [0, 0], hi: n };
  const of = (options: CompileOptions): Runner => {
    const one = bound(five, args, options);
    return () => one.run(whole);
  };
  const times = new Map<string, number[]>([
    ['one', []],
    ['two', []],
  ]);
  const contenders = { one: of({}), two: of({ threads: 2 }) };
  const warm = performance.now() + WARM_UP;
  while (performance.now() < warm) contenders[performance.now() % 2 < 1 ? 'one' : 'two'](0, 0);
  for (let round = 0; round < 20 * rounds; round++)
    for (const name of round % 2 ? (['one', 'two'] as const) : (['two', 'one'] as const)) {
      const start = process.hrtime.bigint();
      contenders[name](0, 0);
      times.get(name)!.push(Number(process.hrtime.bigint() - start) / (n[0] * n[1]));
    }
  add(
    `5-point f64, ${n.join(' × ')}: one thread beside two`,
    median(times.get('one')!),
    median(times.get('two')!),
    ...above(1.5),
  );
}

function starts(engine: 'wasm' | 'native', bar: number): void {
  const start = process.hrtime.bigint();
  const fresh: Kernel<{ next: Scalar; now: Scalar; k: number }> = kernel((_, { next, now, k }) => {
    next.here = now.at(1, 0) * k + now.at(0, 1) / 3 - now.at(-1, -1) * 0.25;
  });
  // A pitch of its own, so that no compiled file is found.
  const pitch = 80 + (Date.now() % 10_000);
  const memory = sharedMemory(1 << 20);
  const cells = (offset: number): Cells => ({ memory, offset, pitch, plane: 0, type: 'f64', place: 'cc' });
  const args = { next: cells(1 << 18), now: cells(1 << 19), k: 0.1 };
  bound(fresh, args, { engine }).run({ lo: [0, 0], hi: [16, 1] });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  rows.push({
    what: `first run of a new kernel, ${engine}`,
    cells: [`${ms.toFixed(1)} ms`, `${bar} ms`],
    ratio: ms / bar,
    bar: '≤ 1',
    met: ms <= bar,
  });
}

/** AVX2 made of pairs of vectors by V8 of Node 24. */
async function revectorized(size: number, rounds: number): Promise<void> {
  const node = process.env.FLOTILLA_NODE24;
  if (node === undefined || node === '') {
    process.stderr.write(
      `revectorize at ${size}²: left out; FLOTILLA_NODE24=$(npx -p node@24 which node) npm run bench -- kernels\n`,
    );
    return;
  }
  const found = await figures(node, [
    '--experimental-wasm-revectorize',
    '--import',
    'tsx',
    'bench/kernels/revectorized.ts',
    String(size),
    String(rounds),
  ]);
  const what = `5-point f64, ${size} × ${size}, Node 24 with revectorize: wasm beside C`;
  add(what, found.get('wasm') ?? NaN, found.get('c') ?? NaN, ...below(1.2));
}

export async function main(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 5);
  starts('wasm', 20);
  starts('native', 200);
  for (const size of [128, 256]) stencil([size, size], 'f64', 20 * rounds, 1.7);
  for (const size of [512, 1024, 2048]) stencil([size, size], 'f64', 2 * rounds, 1.3);
  stencil([4096, 4096], 'f64', Math.ceil(rounds / 2), 1.3);
  await revectorized(128, 20 * rounds);
  await revectorized(4096, Math.ceil(rounds / 2));
  stencil([1024, 1024], 'f32', 2 * rounds, 1.35);
  stencil([64, 64, 64], 'f64', 4 * rounds, 1.25);
  stencil([256, 256, 256], 'f64', Math.ceil(rounds / 2), 1.25);
  stokes([128, 128], 'f64', 10 * rounds, 1.2);
  stokes([512, 512], 'f64', 2 * rounds, 1.12);
  stokes([1024, 1024], 'f64', rounds, 1.12);
  stokes([2048, 2048], 'f64', Math.ceil(rounds / 2), 1.12);
  stokes([512, 512], 'f32', 2 * rounds, 1.12);
  effective([1024, 1024], 2 * rounds, 0.75);
  effective([4096, 4096], Math.ceil(rounds / 2), 0.7);
  effective([4096, 4096], Math.ceil(rounds / 2), 0.8, true);
  for (const size of [256, 1024]) threads([size, size], rounds);
  print('Kernels, nanoseconds a point', ['ours', 'peer'], rows);
}
