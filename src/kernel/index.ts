/**
 * Kernels: a TypeScript function that says what happens at one point of a grid, run at the speed of C.
 *
 * @module
 */
export type { Bound } from './bound.ts';
export { compile, kindsOf, type Compiled, type CompileOptions } from './compile.ts';
export type { Box, EngineName, SourceLanguage } from './engine.ts';
export { KernelError, type KernelErrorCode } from './error.ts';
export type { Facts, Need, Reach } from './facts.ts';
export {
  axisTable,
  type Axis,
  type Cells,
  type ElementType,
  type FunctionAxis,
  type FunctionField,
  type UniformAxis,
} from './fields.ts';
export { gpuDevice, gpuMemory, readGpu, type DeviceOptions } from './gpu/device.ts';
export { gpuProcess, type GpuProcess, type ProcessOptions } from './gpu/process.ts';
export {
  Usage,
  type GpuBuffer,
  type GpuCompute,
  type GpuDevice,
  type GpuMemory,
  type GpuPipeline,
} from './gpu/webgpu.ts';
export type { AxisArray } from './ir/node.ts';
export { kernel, type Kernel } from './kernel.ts';
export type { Kind, Kinds } from './kinds.ts';
export type { Given, Mask, PlaceOf, Point, Scalar, Tensor, Vector } from './language.ts';
export type { Place } from './place.ts';
export { sharedMemory, type WasmMemory } from './wasm/api.ts';
