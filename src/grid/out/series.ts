import { existsSync, readFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Field } from '../field.ts';
import { centerOf, type Grid } from '../grid.ts';
import { notInItem } from '../inside.ts';
import { AXES } from '../place.ts';
import { wholeSize } from '../whole/owned.ts';
import { writeChunk } from './chunk.ts';
import { dimensionNames, fieldsByName, type NamedFields } from './named.ts';
import { onRoot } from './together.ts';
import { arrayMetadata, METADATA, readArray, writeArray, writeGroup, writeLine } from './zarr.ts';
import { GridError } from '../error.ts';

/** How a series is begun. */
export interface SeriesOptions {
  /** Goes on behind the last complete step of one that is there; otherwise one that is there is refused. */
  readonly append?: boolean;
}

/** Fields over time, as a Zarr group that all ranks write. Made by `series()`. */
export class Series {
  readonly path: string;
  readonly #grid: Grid;
  readonly #fields: ReadonlyMap<string, Field>;
  /** On the root: of the steps so far. */
  readonly #steps: number[];
  readonly #times: number[];
  #count: number;

  /** @internal Collective. */
  constructor(path: string, named: NamedFields, { append = false }: SeriesOptions) {
    const { grid, fields } = fieldsByName('series', named);
    const { comm } = grid.topology;
    [this.path, this.#grid, this.#fields] = [path, grid, fields];
    const before = onRoot(comm, 'series', () => this.#begin(append));
    [this.#steps, this.#times] = [before.steps, before.times];
    this.#count = before.steps.length;
  }

  /** Steps written so far. */
  get length(): number {
    return this.#count;
  }

  /**
   * Collective: writes the fields as they are now. Readers see the step once all of it is written.
   *
   * @param time of the simulation
   * @param step its number; by default how many have been written
   * @throws GridError ERR_FILE on all ranks, for a full disk say; steps before stay as they are
   */
  write(time: number, step: number = this.#count): void {
    notInItem('series');
    const { comm } = this.#grid.topology;
    const index = this.#count;
    for (const [name, field] of this.#fields) {
      const path = this.#chunk(name, field, index);
      onRoot(comm, 'series', () => void mkdirSync(dirname(path), { recursive: true }));
      writeChunk(field, path, 'series');
    }
    onRoot(comm, 'series', () => {
      for (const [name, field] of this.#fields) this.#describe(name, field, index + 1);
      // Last: these say how many steps there are.
      writeLine(join(this.path, 'step'), 't', Float64Array.of(...this.#steps, step));
      writeLine(join(this.path, 'time'), 't', Float64Array.of(...this.#times, time));
      return undefined;
    });
    this.#steps.push(step);
    this.#times.push(time);
    this.#count++;
  }

  #chunk(name: string, { grid }: Field, index: number): string {
    return join(this.path, name, 'c', String(index), ...Array<string>(grid.dims).fill('0'));
  }

  #describe(name: string, field: Field, steps: number): void {
    const size = wholeSize(field).reverse();
    const names = ['t', ...dimensionNames(field)];
    const attributes = { place: field.place };
    writeArray(
      join(this.path, name),
      arrayMetadata([steps, ...size], [1, ...size], this.#grid.type, names, attributes),
    );
  }

  /** On the root: what is there, or a new group. */
  #begin(append: boolean): { readonly steps: number[]; readonly times: number[] } {
    const { path } = this;
    if (existsSync(join(path, METADATA))) {
      if (!append)
        throw new GridError(
          'ERR_FILE',
          `series: ${path} is there already; give { append: true } to go on behind its last step`,
          {
            operation: 'series',
          },
        );
      const before = { steps: readLine(join(path, 'step')), times: readLine(join(path, 'time')) };
      const count = Math.min(before.steps.length, before.times.length);
      for (const [name, field] of this.#fields) checkSame(join(path, name), field);
      return { steps: before.steps.slice(0, count), times: before.times.slice(0, count) };
    }
    for (const [name, field] of this.#fields) this.#describe(name, field, 0);
    this.#coordinates();
    writeLine(join(path, 'step'), 't', new Float64Array(0));
    writeLine(join(path, 'time'), 't', new Float64Array(0));
    writeGroup(path, { fields: [...this.#fields.keys()] });
    return { steps: [], times: [] };
  }

  #coordinates(): void {
    const { axes, global, topology } = this.#grid;
    axes.forEach((axis, d) => {
      const name = AXES[d]!;
      const n = global[d]!;
      writeLine(
        join(this.path, name),
        name,
        Float64Array.from({ length: n }, (_, k) => centerOf(axis, k)),
      );
      const vertices = n + (topology.periodic[d]! ? 0 : 1);
      const vertex = `${name}_vertex`;
      writeLine(
        join(this.path, vertex),
        vertex,
        Float64Array.from({ length: vertices }, (_, k) => axis.vertex(k)),
      );
    });
  }
}

function readLine(folder: string): number[] {
  const { shape } = readArray(folder);
  if (shape[0] === 0) return [];
  const bytes = readFileSync(join(folder, 'c', '0'));
  return [...new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 8 * shape[0]!))];
}

/** @throws GridError ERR_FILE where the array is not that of the field */
function checkSame(folder: string, field: Field): void {
  const { shape, data_type: type } = readArray(folder);
  const size = wholeSize(field).reverse();
  const wanted = field.grid.type === 'f64' ? 'float64' : 'float32';
  if (shape.slice(1).join() === size.join() && type === wanted) return;
  const message = `series: ${folder} has ${shape.slice(1).join(' × ')} elements of ${type}, the field ${size.join(' × ')} of ${wanted}`;
  throw new GridError('ERR_FILE', message, { operation: 'series' });
}

/**
 * Collective: fields over time as a Zarr group (v3): of each field an array with the shape `[t, z, y, x]` and one plain chunk a step, which all ranks write
 * together; `time`, `step` and coordinates beside them. zarr-python and zarrita read it.
 *
 * @throws GridError ERR_FILE on all ranks, where it cannot be made or is there already
 * @example
 * const out = series('run.zarr', { C, V });
 * out.write(time);
 */
export function series(path: string, fields: NamedFields, options: SeriesOptions = {}): Series {
  notInItem('series');
  return new Series(path, fields, options);
}
