import { IN_PLACE, MAX, MIN, type Communicator } from '../../comm/index.ts';
import { describeError } from '../../internal/index.ts';
import {
  gpuProcess,
  Usage,
  type GpuMemory,
  type GpuPipeline,
  type GpuProcess,
  type ProcessOptions,
} from '../../kernel/index.ts';
import { GridError } from '../error.ts';
import { copyText, groupsFor, wallText } from './shaders.ts';

/** A dispatch whose arguments never change, ready to be made again and again. */
export interface Step {
  readonly pipeline: GpuPipeline;
  readonly group: object;
  readonly counts: readonly [number, number, number];
}

/** The GPU of a rank, and what grids do on it beside kernels. */
export class RankGpu {
  readonly device: GpuProcess;
  /** Bytes of a buffer at most, on the rank whose device grants least. */
  readonly mostBytes: number;
  readonly #comm: Communicator;
  readonly #pipelines: { readonly copy: GpuPipeline; readonly wall: GpuPipeline };

  /** Collective: all ranks have a device or none. */
  constructor(comm: Communicator, options: ProcessOptions) {
    this.#comm = comm;
    const node = comm.splitShared();
    const turn = node.rank;
    node.free();
    this.device = together(comm, () => gpuProcess({ turn, ...options }));
    const most = Float64Array.of(this.device.limits.maxStorageBufferBindingSize);
    comm.Allreduce(IN_PLACE, most, MIN);
    this.mostBytes = most[0]!;
    const pipeline = (code: string) =>
      this.device.createComputePipeline({
        layout: 'auto',
        compute: { module: this.device.createShaderModule({ code }), entryPoint: 'run' },
      });
    this.#pipelines = { copy: pipeline(copyText()), wall: pipeline(wallText()) };
  }

  /** A dispatch of one of the shaders with its words. */
  step(shader: 'copy' | 'wall', memory: GpuMemory, words: Int32Array, points: number): Step {
    const { device } = this;
    const pipeline = this.#pipelines[shader];
    const buffer = device.createBuffer({ size: words.byteLength, usage: Usage.STORAGE | Usage.COPY_DST });
    device.queue.writeBuffer(buffer, 0, words);
    const entries = [memory, buffer].map((each, binding) => ({ binding, resource: { buffer: each } }));
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    return { pipeline, group, counts: groupsFor(points) };
  }

  run(steps: readonly Step[]): void {
    const encoder = this.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { pipeline, group, counts } of steps) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(...counts);
    }
    pass.end();
    this.device.queue.submit([encoder.finish()]);
  }

  /** @throws GridError ERR_DEVICE on this rank, where its device has failed */
  check(operation: string): void {
    const { failure } = this.device;
    if (failure !== undefined) throw lost(operation, this.#comm.rank, failure);
  }

  /**
   * Collective: goes on only where the devices of all ranks work.
   *
   * @throws GridError ERR_DEVICE on all ranks, with the words of the lowest that has lost its device
   */
  agree(operation: string): void {
    const { failure } = this.device;
    const comm = this.#comm;
    const any = Int32Array.of(Number(failure !== undefined));
    comm.Allreduce(IN_PLACE, any, MAX);
    if (any[0] === 0) return;
    const all = comm.allgather(failure ?? null);
    const rank = all.findIndex((each) => each !== null);
    throw lost(operation, rank, all[rank]!);
  }

  /** Whether no other rank waits for what this one does. */
  get alone(): boolean {
    return this.#comm.size === 1;
  }
}

const lost = (operation: string, rank: number, failure: string) =>
  new GridError('ERR_DEVICE', `${operation}: the GPU of rank ${rank} has failed: ${failure}`, {
    operation,
    rank,
  });

/** Collective: what every rank makes. Where one of them cannot, none goes on. */
function together<T>(comm: Communicator, make: () => T): T {
  let made: { readonly value: T } | undefined;
  let refused: string | null = null;
  try {
    made = { value: make() };
  } catch (error) {
    refused = error instanceof Error ? error.message : describeError(error);
  }
  const all = comm.allgather(refused);
  const rank = all.findIndex((each) => each !== null);
  if (rank < 0) return made!.value;
  throw new GridError('ERR_ENGINE', `architecture: rank ${rank} has no GPU: ${all[rank]!}`, {
    operation: 'architecture',
    rank,
  });
}
