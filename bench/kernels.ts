/**
 * Kernels beside C in one run: the text of the `native` engine by gcc -O3, and a textbook loop; beside plain JavaScript and one thread. Samples are slabs
 * of rows; the order of contenders changes from round to round, since who comes second to the same data looks faster.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import {
  compile,
  kernel,
  kindsOf,
  sharedMemory,
  type Bound,
  type Cells,
  type CompileOptions,
  type ElementType,
  type Kernel,
  type Scalar,
} from '../src/kernel/index.ts';
import { stress, velocity } from '../test/kernel/kernels.ts';
import { median, print, type Row } from './table.ts';

const five: Kernel<{ next: Scalar; now: Scalar; k: number }> = kernel((_, { next, now, k }) => {
  next.here = now.here + k * (now.at(1, 0) + now.at(-1, 0) + now.at(0, 1) + now.at(0, -1) - 4 * now.here);
});
const copy: Kernel<{ next: Scalar; now: Scalar }> = kernel((_, { next, now }) => {
  next.here = now.here;
});
const seven: Kernel<{ next: Scalar; now: Scalar; k: number }> = kernel((_, { next, now, k }) => {
  next.here =
    now.here +
    k *
      (now.at(1) +
        now.at(-1) +
        now.at(0, 1) +
        now.at(0, -1) +
        now.at(0, 0, 1) +
        now.at(0, 0, -1) -
        6 * now.here);
});

/** Fields of one grid, rows from 64 bytes on, starts staggered by 256 bytes. */
function fields(count: number, n: readonly number[], type: ElementType): (place: string) => Cells {
  const size = type === 'f64' ? 8 : 4;
  const per = 64 / size;
  const pitch = per * Math.ceil((n[0]! + 2 * per) / per);
  const rows = (n[1] ?? 1) + 3;
  const plane = n.length > 2 ? pitch * rows : 0;
  const bytes = size * pitch * rows * (n.length > 2 ? n[2]! + 3 : 1) + 256;
  const memory = sharedMemory(bytes * count);
  const all = type === 'f64' ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
  for (let i = 0; i < all.length; i++) all[i] = 1 + (i % 17) / 17;
  let made = 0;
  return (place) => ({
    memory,
    offset: made++ * bytes + size * (per + pitch + plane),
    pitch,
    plane,
    type,
    place,
  });
}

/** Milliseconds that all contenders run before they are measured. */
const WARM_UP = 400;

type Runner = (low: number, high: number) => void;

/** Nanoseconds a point of each contender: median over slabs and rounds. */
function measure(
  contenders: Readonly<Record<string, Runner>>,
  n: readonly number[],
  rounds: number,
): Map<string, number> {
  const slowest = n.at(-1)!;
  const perLayer = n.slice(0, -1).reduce((product, each) => product * each, 1);
  const slab = Math.max(1, Math.min(slowest, Math.round(100_000 / perLayer)));
  const names = Object.keys(contenders);
  // V8 compiles a module again once it has run for a while.
  const warm = performance.now() + WARM_UP;
  while (performance.now() < warm) for (const name of names) contenders[name]!(0, slab);
  const samples = new Map(names.map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds + 2; round++) {
    const order = names.map((_, i) => names[(i + round) % names.length]!);
    if (round % 2 === 1) order.reverse();
    for (const name of order) {
      for (let low = 0; low + slab <= slowest; low += slab) {
        const switches = process.resourceUsage().involuntaryContextSwitches;
        const start = process.hrtime.bigint();
        contenders[name]!(low, low + slab);
        const time = Number(process.hrtime.bigint() - start);
        if (round >= 2 && process.resourceUsage().involuntaryContextSwitches === switches)
          samples.get(name)!.push(time / (slab * perLayer));
      }
    }
  }
  return new Map([...samples].map(([name, times]) => [name, median(times)]));
}

const slabs = (bound: Bound, n: readonly number[]): Runner => {
  const low = n.map(() => 0);
  const high = [...n];
  return (from, to) => {
    low[n.length - 1] = from;
    high[n.length - 1] = to;
    bound.run({ lo: low, hi: high });
  };
};

/** A loop as a textbook has it, compiled by gcc -O3 -march=native: no text of ours. */
function textbook(cells: readonly [Cells, Cells], n: readonly number[], real: string): Runner {
  const [next, now] = cells;
  const { pitch } = next;
  const code = `#include <node_api.h>
#include <stdint.h>
static void step(${real} *restrict a, const ${real} *restrict b, ${real} k, int low, int high) {
  for (int j = low; j < high; j++)
    for (int i = 0; i < ${n[0]}; i++)
      a[j * ${pitch} + i] = b[j * ${pitch} + i] + k * (b[j * ${pitch} + i + 1] + b[j * ${pitch} + i - 1] + b[(j + 1) * ${pitch} + i] + b[(j - 1) * ${pitch} + i] - 4 * b[j * ${pitch} + i]);
}
static napi_value run(napi_env env, napi_callback_info info) {
  size_t count = 3; napi_value v[3]; char *data; int low, high;
  napi_get_cb_info(env, info, &count, v, 0, 0);
  napi_get_typedarray_info(env, v[0], 0, 0, (void **)&data, 0, 0);
  napi_get_value_int32(env, v[1], &low); napi_get_value_int32(env, v[2], &high);
  step((${real} *)(data + ${next.offset}), (const ${real} *)(data + ${now.offset}), (${real})0.1, low, high);
  return 0;
}
NAPI_MODULE_INIT() { napi_value f; napi_create_function(env, "run", 3, run, 0, &f); napi_set_named_property(env, exports, "run", f); return exports; }
`;
  const folder = mkdtempSync(join(tmpdir(), 'bench-kernels-'));
  const source = join(folder, 'textbook.c');
  const file = join(folder, 'textbook.node');
  writeFileSync(source, code);
  const { include_dir: headers } = createRequire(import.meta.url)('node-api-headers') as {
    include_dir: string;
  };
  execFileSync('gcc', [
    '-O3',
    '-march=native',
    '-ffp-contract=off',
    '-shared',
    '-fPIC',
    `-I${headers}`,
    source,
    '-o',
    file,
  ]);
  const module = { exports: {} as { run(array: Uint8Array, low: number, high: number): void } };
  process.dlopen(module, file);
  const array = 'buffer' in next.memory ? new Uint8Array(next.memory.buffer) : new Uint8Array();
  return (low, high) => module.exports.run(array, low, high);
}

function plain([next, now]: readonly [Cells, Cells], n: readonly number[]): Runner {
  if (!('buffer' in next.memory)) throw new TypeError('not in the host');
  const { buffer } = next.memory;
  const [array, size] = next.type === 'f64' ? [new Float64Array(buffer), 8] : [new Float32Array(buffer), 4];
  const { pitch } = next;
  const k = 0.1;
  return (low, high) => {
    for (let j = low; j < high; j++) {
      let a = next.offset / size + j * pitch;
      let b = now.offset / size + j * pitch;
      for (let i = 0; i < n[0]!; i++, a++, b++)
        array[a] =
          array[b]! +
          k * (array[b + 1]! + array[b - 1]! + array[b + pitch]! + array[b - pitch]! - 4 * array[b]!);
    }
  };
}

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

function bound<A>(
  kernelOf: Kernel<A>,
  args: Parameters<ReturnType<typeof compile<A>>['bind']>[0],
  options: CompileOptions,
): Bound {
  return compile(kernelOf, kindsOf(args), options).bind(args);
}

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
function effective(n: readonly [number, number], rounds: number, bar: number): void {
  const field = fields(2, n, 'f64');
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
    `T_eff of 5-point f64 beside a copy loop, ${n.join(' × ')}`,
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

export function main(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 5);
  starts('wasm', 20);
  starts('native', 200);
  for (const size of [128, 256]) stencil([size, size], 'f64', 20 * rounds, 1.7);
  for (const size of [512, 1024, 2048]) stencil([size, size], 'f64', 2 * rounds, 1.3);
  stencil([4096, 4096], 'f64', Math.ceil(rounds / 2), 1.3);
  stencil([1024, 1024], 'f32', 2 * rounds, 1.35);
  stencil([64, 64, 64], 'f64', 4 * rounds, 1.25);
  stencil([256, 256, 256], 'f64', Math.ceil(rounds / 2), 1.25);
  stokes([128, 128], 'f64', 10 * rounds, 1.2);
  stokes([512, 512], 'f64', 2 * rounds, 1.12);
  stokes([1024, 1024], 'f64', rounds, 1.12);
  stokes([512, 512], 'f32', 2 * rounds, 1.12);
  effective([1024, 1024], 2 * rounds, 0.75);
  effective([4096, 4096], Math.ceil(rounds / 2), 0.7);
  for (const size of [256, 1024]) threads([size, size], rounds);
  print('Kernels, nanoseconds a point', ['ours', 'peer'], rows);
  return Promise.resolve();
}
