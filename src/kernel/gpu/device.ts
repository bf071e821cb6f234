import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { KernelError } from '../error.ts';
import { MAP_READ, Usage, type GpuBuffer, type GpuDevice } from './webgpu.ts';

interface Adapter {
  readonly limits: Readonly<Record<string, number>>;
  readonly info?: { readonly description?: string };
  requestDevice(descriptor: { requiredLimits: Readonly<Record<string, number>> }): Promise<GpuDevice>;
}
interface Gpu {
  requestAdapter(options: { featureLevel: 'core' | 'compatibility' }): Promise<Adapter | null>;
}

/** Limits that kernels may need more of than WebGPU grants by itself. */
export const WANTED: readonly string[] = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
];
export const INSTALL =
  'install the package webgpu beside flotilla (npm install webgpu) and a driver: of the card, or on Debian libegl1 libgl1-mesa-dri';
/** Dawn ends its devices when its object is collected. */
const kept: Gpu[] = [];

/** How to find a GPU. */
export interface DeviceOptions {
  /** Backend of Dawn: `'vulkan'`, `'metal'`, `'d3d12'`, `'opengles'`; all are tried by default, OpenGL ES last. */
  readonly backend?: string;
}

/**
 * A device for the engine `gpu`, by the package `webgpu` (Dawn), an optional peer.
 *
 * @throws KernelError ERR_ENGINE, with what was tried and what to install
 */
export async function gpuDevice({ backend }: DeviceOptions = {}): Promise<GpuDevice> {
  const create = await loadDawn();
  const tried: string[] = [];
  const attempts = backend === undefined ? [[], ['backend=opengles']] : [[`backend=${backend}`]];
  for (const options of attempts) {
    const gpu = create(options);
    for (const featureLevel of ['core', 'compatibility'] as const) {
      const adapter = await gpu.requestAdapter({ featureLevel });
      tried.push(`${options[0] ?? 'default backends'} (${featureLevel})`);
      if (adapter === null) continue;
      kept.push(gpu);
      const requiredLimits = Object.fromEntries(WANTED.map((name) => [name, adapter.limits[name]!]));
      return adapter.requestDevice({ requiredLimits });
    }
  }
  throw new KernelError(
    'ERR_ENGINE',
    'gpu',
    `no GPU was found; tried ${tried.join(', ')}. To have one, ${INSTALL}`,
  );
}

type Create = (options: readonly string[]) => Gpu;

async function loadDawn(): Promise<Create> {
  const path = dawnAddress();
  try {
    return ((await import(path)) as { create: Create }).create;
  } catch (cause) {
    throw new KernelError('ERR_ENGINE', 'gpu', `the package webgpu cannot be loaded; ${INSTALL}`, { cause });
  }
}

/**
 * Where the package `webgpu` is. Resolved by hand: this file may be part of a bundle that lies elsewhere, and the package is an optional peer.
 *
 * @throws KernelError ERR_ENGINE where it is not installed
 */
export function dawnAddress(): string {
  const failures: unknown[] = [];
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return pathToFileURL(createRequire(from).resolve('webgpu')).href;
    } catch (failure) {
      failures.push(failure);
    }
  }
  const cause = new AggregateError(failures);
  throw new KernelError('ERR_ENGINE', 'gpu', `the package webgpu cannot be loaded; ${INSTALL}`, { cause });
}

/** A buffer for fields, filled with 0. */
export function gpuMemory(device: GpuDevice, bytes: number): GpuBuffer {
  const most = device.limits.maxStorageBufferBindingSize;
  if (bytes > most)
    throw new KernelError(
      'ERR_ENGINE',
      'gpu',
      `fields of ${bytes} bytes do not fit into a buffer of this device, at most ${most}`,
    );
  return device.createBuffer({
    size: bytes,
    usage: Usage.STORAGE | Usage.COPY_SRC | Usage.COPY_DST,
    label: 'fields',
  });
}

/** Bytes of a buffer, copied to the host when all that was submitted before is done. */
export async function readGpu(
  device: GpuDevice,
  buffer: GpuBuffer,
  offset = 0,
  bytes: number = buffer.size,
): Promise<ArrayBuffer> {
  const staging = device.createBuffer({
    size: bytes,
    usage: Usage.MAP_READ | Usage.COPY_DST,
    label: 'staging',
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(MAP_READ);
  const copy = staging.getMappedRange().slice(0);
  staging.unmap();
  staging.destroy();
  return copy;
}
