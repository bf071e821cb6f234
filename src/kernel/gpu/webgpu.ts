/** The part of WebGPU that runs kernels, structurally: a device, or one in a process of its own. */
export interface GpuCompute {
  readonly limits: {
    readonly maxStorageBufferBindingSize: number;
    readonly maxComputeWorkgroupsPerDimension: number;
  };
  readonly queue: Pick<GpuQueue, 'writeBuffer' | 'submit'>;
  createBuffer(descriptor: { size: number; usage: number; label?: string }): GpuMemory;
  createShaderModule(descriptor: { code: string }): object;
  createComputePipeline(descriptor: {
    layout: 'auto';
    compute: { module: object; entryPoint: string };
  }): GpuPipeline;
  createBindGroup(descriptor: {
    layout: unknown;
    entries: readonly { binding: number; resource: { buffer: GpuMemory } }[];
  }): object;
  createCommandEncoder(): Pick<GpuEncoder, 'beginComputePass' | 'finish'>;
}

/** The part of WebGPU that kernels and their memory use: a device of the package `webgpu`, of Deno or of a browser. */
export interface GpuDevice extends GpuCompute {
  readonly queue: GpuQueue;
  createBuffer(descriptor: { size: number; usage: number; label?: string }): GpuBuffer;
  createShaderModule(descriptor: { code: string }): GpuShaderModule;
  createCommandEncoder(): GpuEncoder;
  pushErrorScope(filter: 'validation' | 'out-of-memory'): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  destroy(): void;
}

export interface GpuQueue {
  writeBuffer(buffer: GpuMemory, offset: number, data: ArrayBufferView): void;
  submit(commands: readonly object[]): void;
  onSubmittedWorkDone(): Promise<unknown>;
}

/** Memory of a device. */
export interface GpuMemory {
  readonly size: number;
  readonly usage: number;
  readonly label: string;
  destroy(): void;
}

export interface GpuBuffer extends GpuMemory {
  mapAsync(mode: number): Promise<unknown>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
}

export interface GpuShaderModule {
  getCompilationInfo(): Promise<{
    readonly messages: readonly {
      readonly type: string;
      readonly message: string;
      readonly lineNum: number;
    }[];
  }>;
}

export interface GpuPipeline {
  getBindGroupLayout(index: number): unknown;
}

export interface GpuEncoder {
  beginComputePass(): {
    setPipeline(pipeline: GpuPipeline): void;
    setBindGroup(index: number, group: object): void;
    dispatchWorkgroups(x: number, y: number, z: number): void;
    end(): void;
  };
  copyBufferToBuffer(
    from: GpuBuffer,
    fromOffset: number,
    to: GpuBuffer,
    toOffset: number,
    size: number,
  ): void;
  finish(): object;
}

/** Bits of a buffer's usage (WebGPU, §5.2). */
export const Usage = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, STORAGE: 128 } as const;
export const MAP_READ = 1;
