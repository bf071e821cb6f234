import { FlotillaError, registerErrorClass, type FlotillaErrorDetails } from '../internal/index.ts';

/** Why a call of the grid room failed. */
export type GridErrorCode =
  /** A layout, a grid or an axis that makes no sense, or more ranks than its cells can be dealt to. */
  | 'ERR_GRID'
  /** A kernel needs values beyond a wall that nothing sets, or further away than the halo is wide. */
  | 'ERR_HALO'
  /** Ranks exchange halos of different launches. */
  | 'ERR_MISMATCH'
  /** More fields than 4 GiB a rank can hold. */
  | 'ERR_NO_MEM'
  /** An argument that does not fit: a field of another grid, an array of a wrong length, an unknown option. */
  | 'ERR_ARGUMENT'
  /** A file that cannot be written or read, or is not what it should be. */
  | 'ERR_FILE'
  /** The live view cannot listen at its port: it is taken or forbidden. */
  | 'ERR_PORT'
  /** The engine `gpu` computes in f32 only. */
  | 'ERR_TYPE'
  /** A rank has no GPU, or the package `webgpu` is missing. */
  | 'ERR_ENGINE'
  /** The GPU of a rank was lost. */
  | 'ERR_DEVICE';

/** An error of grids and fields. Those that concern all ranks have the same code and message on each. */
export class GridError extends FlotillaError<GridErrorCode> {
  override readonly name = 'GridError';

  constructor(
    code: GridErrorCode,
    message: string,
    { operation = 'grid', ...details }: Partial<FlotillaErrorDetails> = {},
  ) {
    super(code, message, { operation, ...details });
  }
}

registerErrorClass(GridError);
