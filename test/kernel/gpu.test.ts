/** The engine `gpu` on Mesa's software GPU through OpenGL ES: the answers of WebAssembly in f32, but for the driver's rounding. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import {
  compile,
  gpuDevice,
  gpuMemory,
  kernel,
  KernelError,
  kindsOf,
  readGpu,
  type Cells,
  type Given,
  type GpuDevice,
  type Kernel,
  type Scalar,
} from '../../src/kernel/index.ts';
import * as kernels from './kernels.ts';
import { args as randomArguments, make, OPTIONS, program } from './random-kernels.ts';
import { result, Rig, unitAxes, type RigOptions } from './rig.ts';

const GRID: RigOptions = { n: [70, 5], type: 'f32' };
const STEPS = 4;
const BATCH = 50;
let device: GpuDevice;

before(async () => {
  process.env.EGL_PLATFORM = 'surfaceless';
  device = await gpuDevice({ backend: 'opengles' });
});

/** What a kernel leaves in memory on the GPU, from the same values as `result`. */
async function onGpu<A>(
  kernel: Kernel<A>,
  options: RigOptions,
  args: (rig: Rig) => Given<A>,
): Promise<Float32Array> {
  const rig = new Rig(options);
  const host = rig.all();
  const memory = gpuMemory(device, host.byteLength);
  device.queue.writeBuffer(memory, 0, Float32Array.from(host));
  const given = args(rig);
  moveTo(given);
  device.pushErrorScope('validation');
  const axes = unitAxes(rig.dims);
  compile(kernel, kindsOf(given), { engine: 'gpu', device, dims: rig.dims }).bind(given, axes).run(rig.box());
  const after = new Float32Array(await readGpu(device, memory));
  assert.equal((await device.popErrorScope())?.message, undefined);
  memory.destroy();
  return after;

  function moveTo(group: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(group)) {
      if (typeof value !== 'object' || value === null || 'fn' in value) continue;
      if ('pitch' in value) group[name] = { ...(value as Cells), memory };
      else moveTo(value as Record<string, unknown>);
    }
  }
}

/** Within some units in the last place of the larger of a result and what it is made of: fields hold numbers up to 2. */
function close(actual: ArrayLike<number>, expected: ArrayLike<number>, scale: number, message: string): void {
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!];
    // WGSL lets a GPU assume that no value is infinite or NaN (§15.7).
    if (Object.is(a, b) || a === b || !Number.isFinite(b)) continue;
    const ulp = 2 ** -23 * Math.max(Math.abs(b), scale);
    if (!(Math.abs(a - b) <= STEPS * ulp)) assert.fail(`${message}: element ${i} is ${a}, expected ${b}`);
  }
}

const vector = (rig: Rig) => ({ x: rig.field('vc'), y: rig.field('cv') });
const tensor = (rig: Rig) => ({ xx: rig.field('cc'), yy: rig.field('cc'), xy: rig.field('vv') });

async function compare<A>(
  kernel: Kernel<A>,
  args: (rig: Rig) => Given<A>,
  scale: number,
  options = GRID,
): Promise<void> {
  close(await onGpu(kernel, options, args), result(kernel, 'wasm', options, args), scale, kernel.name);
}

describe('gpu', () => {
  it('diffusion in two and three dimensions', async () => {
    await compare(kernels.flux, (rig) => ({ q: vector(rig), C: rig.field('cc'), chi: 0.7 }), 0);
    await compare(kernels.update, (rig) => ({ C: rig.field('cc'), q: vector(rig), dt: 0.01 }), 0);
    const scalars = (place: string) => (rig: Rig) => ({
      next: rig.field(place),
      now: rig.field(place),
      k: 0.1,
    });
    await compare(kernels.heat, scalars('cc'), 0);
    await compare(kernels.heat3, scalars('ccc'), 0, { n: [66, 3, 4], type: 'f32' });
  });

  it('Stokes', async () => {
    const rhogy = { fn: (x: number, y: number) => (x * x + y * y < 1 ? 1 : 0.5), place: 'cv' };
    const numbers = { eta: 10, etaVe: 0.3, G: 1, dt: 0.01, dtauPr: 0.2, dtauR: 0.05 };
    const fields = (rig: Rig) => ({
      tau: tensor(rig),
      Pr: rig.field('cc'),
      divV: rig.field('cc'),
      V: vector(rig),
      tauOld: tensor(rig),
    });
    await compare(kernels.stress, (rig) => ({ ...fields(rig), ...numbers }), 16);
    await compare(
      kernels.velocity,
      (rig) => ({
        V: vector(rig),
        rV: vector(rig),
        Pr: rig.field('cc'),
        tau: tensor(rig),
        rhogy,
        etaVe: 0.3,
        nudtau: 0.02,
      }),
      16,
    );
  });

  it('functions of the driver', async () => {
    const functions: Kernel<{ out: Scalar; a: Scalar }> = kernel((_, { out, a }) => {
      const x = Math.abs(a.here) + 0.5;
      out.here =
        Math.exp(x) +
        Math.log(x) +
        Math.sin(x) +
        Math.cos(x) +
        Math.tanh(x) +
        Math.pow(x, 1.5) +
        Math.sqrt(x);
    });
    // Drivers may be some units off in each of them (WGSL, accuracy of built-in functions).
    await compare(functions, (rig) => ({ out: rig.field('cc'), a: rig.field('cc') }), 64);
  });

  it('500 random kernels', async () => {
    const options: RigOptions = { ...OPTIONS, type: 'f32' };
    const sources = fc.sample(program, { numRuns: 500, seed: 20250603 });
    // A batch is under way at once: one alone waits longer for its answer than it takes to compute.
    for (let first = 0; first < sources.length; first += BATCH) {
      const batch = sources.slice(first, first + BATCH);
      const found = await Promise.all(batch.map((source) => onGpu(make(source), options, randomArguments)));
      batch.forEach((source, i) =>
        close(found[i]!, result(make(source), 'wasm', options, randomArguments), 4, source),
      );
    }
  });

  it('f64, fields of the host and a missing device are refused', () => {
    const { heat } = kernels;
    const refused = (run: () => unknown, message: string) => {
      assert.throws(run, (error) => error instanceof KernelError && error.message === message);
    };
    const fields = (type: 'f32' | 'f64') => {
      const rig = new Rig({ n: [4, 3], type });
      return { next: rig.field('cc'), now: rig.field('cc'), k: 1 };
    };
    const single = fields('f32');
    refused(
      () => compile(heat, kindsOf(fields('f64')), { engine: 'gpu', device }),
      'heat: WGSL has no f64: make fields of type f32 for the engine gpu (ERR_ARGUMENT)',
    );
    refused(
      () => compile(heat, kindsOf(single), { engine: 'gpu', device }).bind(single),
      'heat: its fields must lie in a buffer of the device for the engine gpu (ERR_ARGUMENT)',
    );
    refused(
      () => compile(heat, kindsOf(single), { engine: 'gpu' }),
      'heat: the engine gpu needs a device: compile(kernel, kinds, { engine: "gpu", device: await gpuDevice() }) (ERR_ENGINE)',
    );
  });

  it('no GPU is an error that says what was tried and what to install', async () => {
    await assert.rejects(
      gpuDevice({ backend: 'metal' }),
      /^KernelError: gpu: no GPU was found; tried backend=metal \(core\), .*npm install webgpu.*\(ERR_ENGINE\)$/,
    );
  });
});
