/**
 * Distributed grids: finite differences on staggered grids, whose halos keep themselves right on any number of ranks.
 *
 * @module
 */
export {
  architecture,
  type Architecture,
  type ArchitectureOptions,
  type CpuEngine,
  type Engine,
} from './architecture.ts';
export { functionAxis, uniformAxis, type GridAxis } from './axis.ts';
export {
  dirichlet,
  neumann,
  robin,
  type Boundary,
  type BoundaryCondition,
  type WallValue,
} from './boundary/conditions.ts';
export { GridError, type GridErrorCode } from './error.ts';
export { Field, field, swap, type FieldOptions, type FieldValues } from './field.ts';
export {
  structuredGrid,
  uniformGrid,
  type Connectivity,
  type Dims,
  type DimsOf,
  type Grid,
  type GridOptions,
  type UniformGridOptions,
} from './grid.ts';
export {
  functionField,
  maskField,
  tensorField,
  vectorField,
  type GridArguments,
  type GroupOptions,
  type MaskField,
  type TensorField,
  type VectorField,
} from './groups.ts';
export type { Region } from './launch/entry.ts';
export {
  exchangeHalo,
  fillHalo,
  launcher,
  type Launch,
  type Launched,
  type LauncherOptions,
  type LaunchOptions,
} from './launch/launcher.ts';
export type { FieldPlace } from './place.ts';
export type { Topology } from './topology.ts';
export { gather, scatter, type Whole } from './whole/gather.ts';
export { dot, max, min, norm, sum, type SumOptions } from './whole/sums.ts';
export { Worker, type WorkerOptions } from './worker.ts';
export { checkpoint, restore } from './out/checkpoint.ts';
export type { ColorName } from './out/colors.ts';
export type { NamedFields } from './out/named.ts';
export { savePng, type PngOptions } from './out/png.ts';
export { series, type Series, type SeriesOptions } from './out/series.ts';
export { view, type LiveView, type ViewOptions } from './view/view.ts';
