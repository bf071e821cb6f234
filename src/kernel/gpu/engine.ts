import type { Block } from '../block.ts';
import type { Bound } from '../bound.ts';
import type { Bounds } from '../bounds.ts';
import type { Box, Plan } from '../engine.ts';
import { KernelError } from '../error.ts';
import { Usage, type GpuMemory, type GpuCompute, type GpuPipeline } from './webgpu.ts';
import { BOX_WORDS, WORKGROUP, wgslText } from './wgsl.ts';

/** Kernels of one plan on GPUs, by the grid they are made for and the device. */
export class GpuEngine {
  readonly #pipelines = new WeakMap<GpuCompute, Map<string, GpuPipeline>>();

  constructor(readonly plan: Plan) {}

  text(pitch: number, plane: number): string {
    const { traced, layout, name } = this.plan;
    return wgslText({ name, stores: traced.stores, layout, pitch, plane });
  }

  pipeline(device: GpuCompute, pitch: number, plane: number): GpuPipeline {
    const key = `${pitch} ${plane}`;
    const made = this.#pipelines.get(device) ?? new Map<string, GpuPipeline>();
    this.#pipelines.set(device, made);
    let pipeline = made.get(key);
    if (pipeline === undefined) {
      const module = device.createShaderModule({ code: this.text(pitch, plane) });
      pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'run' } });
      made.set(key, pipeline);
    }
    return pipeline;
  }
}

/** A kernel bound to fields in a GPU's memory. Runs are submitted in order; what they write is there when the device's queue has done them. */
export class GpuBound implements Bound {
  readonly #arguments: GpuMemory;
  readonly #group: object;
  readonly #words: Int32Array;

  constructor(
    readonly plan: Plan,
    readonly device: GpuCompute,
    readonly pipeline: GpuPipeline,
    readonly block: Block,
    readonly bounds: Bounds,
    fields: GpuMemory,
  ) {
    this.#words = new Int32Array(BOX_WORDS + block.words.length);
    this.#arguments = device.createBuffer({
      size: this.#words.byteLength,
      usage: Usage.STORAGE | Usage.COPY_DST,
      label: `arguments of ${plan.name}`,
    });
    const entries = [fields, this.#arguments].map((buffer, binding) => ({ binding, resource: { buffer } }));
    this.#group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  }

  run({ lo, hi }: Box): void {
    const [x0 = 0, y0 = 0, z0 = 0] = lo;
    const [x1 = 1, y1 = 1, z1 = 1] = hi;
    if (x0 >= x1 || y0 >= y1 || z0 >= z1) return;
    this.bounds.check(x0, x1, y0, y1, z0, z1);
    const { device } = this;
    const groups = [Math.ceil((x1 - x0) / WORKGROUP), y1 - y0, z1 - z0] as const;
    const most = device.limits.maxComputeWorkgroupsPerDimension;
    if (groups.some((count) => count > most))
      throw new KernelError(
        'ERR_ENGINE',
        this.plan.name,
        `a box of ${groups.join(' × ')} workgroups is more than this device takes (${most})`,
      );
    this.#words.set([x0, x1, y0, y1, z0, z1]);
    this.#words.set(this.block.words, BOX_WORDS);
    device.queue.writeBuffer(this.#arguments, 0, this.#words);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.pipeline);
    pass.setBindGroup(0, this.#group);
    pass.dispatchWorkgroups(...groups);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  set(name: string, value: number): void {
    this.block.setNumber(name, value);
  }
}
