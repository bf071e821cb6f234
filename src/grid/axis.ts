import { GridError } from './error.ts';

/** Cells along one dimension. Positions are those of global vertices, so that no layout changes a bit of them. */
export interface GridAxis {
  readonly cells: number;
  /** Cells of equal width: where vertex 0 lies, and the width. */
  readonly uniform: { readonly origin: number; readonly spacing: number } | undefined;
  /** Position of global vertex k, from 0 to `cells`; beyond, that of ghost cells. */
  readonly vertex: (k: number) => number;
}

/**
 * Cells of equal width.
 *
 * @throws GridError ERR_GRID
 */
export function uniformAxis(origin: number, extent: number, cells: number): GridAxis {
  checkCells(cells);
  if (!(Number.isFinite(origin) && extent > 0 && extent < Infinity))
    throw refuse(`an axis from ${origin} of extent ${extent}: the extent must be above 0`);
  const spacing = extent / cells;
  return { cells, uniform: { origin, spacing }, vertex: (k) => origin + k * spacing };
}

/**
 * Cells of any width: vertex k lies at `position(k)`, from 0 to `cells`. Ghost cells beyond lie where the function says, or mirror those within where it
 * says nothing useful.
 *
 * @throws GridError ERR_GRID where positions do not increase
 * @example
 * functionAxis((k) => Math.tanh((3 * k) / 64), 64);
 */
export function functionAxis(position: (k: number) => number, cells: number): GridAxis {
  checkCells(cells);
  for (let k = 0; k < cells; k++) {
    if (position(k + 1) > position(k) && Number.isFinite(position(k) + position(k + 1))) continue;
    throw refuse(
      `positions of an axis must increase: vertex ${k} lies at ${position(k)}, vertex ${k + 1} at ${position(k + 1)}`,
    );
  }
  const mirrored = (k: number): number => {
    const wall = k < 0 ? 0 : cells;
    return 2 * position(wall) - position(2 * wall - k);
  };
  const useful = (k: number): boolean => {
    const value = position(k);
    return Number.isFinite(value) && (k < 0 ? value < position(k + 1) : value > position(k - 1));
  };
  const vertex = (k: number): number => ((k >= 0 && k <= cells) || useful(k) ? position(k) : mirrored(k));
  return { cells, uniform: undefined, vertex };
}

/** The axis as it continues in both directions where its dimension closes on itself. */
export function closed(axis: GridAxis): GridAxis {
  const { cells, vertex, uniform } = axis;
  if (uniform !== undefined) return axis;
  const length = vertex(cells) - vertex(0);
  return {
    ...axis,
    vertex: (k) => {
      const turns = k < 0 || k > cells ? Math.floor(k / cells) : 0;
      return vertex(k - turns * cells) + turns * length;
    },
  };
}

export function checkCells(cells: number): void {
  if (!Number.isSafeInteger(cells) || cells < 1)
    throw refuse(`an axis needs a whole number of cells from 1 on, not ${String(cells)}`);
}

const refuse = (message: string) => new GridError('ERR_GRID', message, { operation: 'axis' });
