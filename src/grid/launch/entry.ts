import { compile, kindsOf, type Bound, type Given, type Kernel } from '../../kernel/index.ts';
import { GridError } from '../error.ts';
import type { Field } from '../field.ts';
import type { Grid } from '../grid.ts';
import type { Exchange } from '../halo/exchange.ts';
import { Label } from '../halo/label.ts';
import { extra } from '../place.ts';
import { connection, wallSide } from '../storage.ts';
import { ghostLayers } from '../boundary/conditions.ts';
import { bindingsOf, Known } from './arguments.ts';
import { around, innerOf, slabs, type Rim } from './rim.ts';
import { checkWalls, extend, joining, lacks, needsOf, type Written } from './needs.ts';

/** Points by global indices: from `lo` up to but not including `hi`, x first. */
export interface Region {
  readonly lo: readonly number[];
  readonly hi: readonly number[];
}

/** A kernel with the arguments of one launch, kept for the next launches with the same. */
export class Entry {
  readonly known: Known;
  readonly #grid: Grid;
  readonly #kernel: string;
  readonly #bound: Bound;
  readonly #written: readonly Written[];
  readonly #fields: readonly Field[];
  readonly #label: Label;
  /** Fields by the names of arguments, to find writes that nobody has told of. */
  readonly #named: ReadonlyMap<string, Field>;
  readonly #box: { readonly lo: number[]; readonly hi: number[] };

  constructor(grid: Grid, kernel: Kernel<never>, args: object) {
    const { fields, forKernel } = bindingsOf(args);
    for (const [name, each] of fields) {
      if (each.grid === grid) continue;
      throw new GridError('ERR_ARGUMENT', `${kernel.name}: ${name} belongs to another grid`, {
        operation: 'launch',
      });
    }
    this.known = new Known(args);
    this.#named = fields;
    this.#grid = grid;
    this.#kernel = kernel.name;
    const compiled = compile(kernel, kindsOf(forKernel), {
      ...grid.architecture.compileOptions,
      dims: grid.dims,
      uniform: grid.axes.map(({ uniform }) => uniform !== undefined),
    });
    this.#written = needsOf(kernel.name, grid, compiled, fields);
    this.#fields = [...fields.values()];
    this.#bound = compiled.bind(forKernel as Given<never>, grid.kernelAxes);
    const identity = [...fields].map(([name, { storage }]) => `${name}=${storage.id}`).join();
    this.#label = new Label(kernel.name, identity);
    this.#box = { lo: [...grid.first], hi: [...grid.first] };
  }

  /** Gives numbers the values of this launch. */
  update(args: object): void {
    this.known.update(args, (name, value) => this.#bound.set(name, value));
  }

  /**
   * Fills what lacks, computes, applies conditions.
   *
   * @param rim with points of the interior computed while messages are under way: how wide to leave the rim
   */
  run(exchange: Exchange, region: Region | undefined, rim: Rim | undefined): void {
    for (const [name, { storage }] of this.#named) storage.checkTouched(this.#kernel, name);
    const missing = this.#missing();
    const { gpu } = this.#grid.architecture;
    if (gpu?.alone === true) gpu.check(this.#kernel);
    const overlaps = rim !== undefined && missing !== undefined && !missing.corners;
    if (missing !== undefined) {
      if (overlaps) exchange.begin(missing.fields, this.#label);
      else if (missing.corners) exchange.all(missing.fields, this.#label, true);
      else exchange.faces(missing.fields, this.#label);
    }
    for (const each of this.#written)
      if (region === undefined) extend(each, this.#grid.halo);
      else each.extent.fill(0);
    this.#cover(region);
    if (gpu !== undefined) for (const { storage } of this.#fields) storage.upload();
    if (overlaps) {
      const inner = innerOf(this.#grid, this.#written, this.#box, rim);
      for (const slab of slabs(inner)) {
        this.#bound.run(slab);
        exchange.arrived();
      }
      exchange.finish(missing.fields, this.#label);
      for (const part of around(this.#box, inner)) this.#bound.run(part);
    } else this.#bound.run(this.#box);
    if (gpu !== undefined) for (const { storage } of this.#written) storage.where = 'device';
    for (const each of this.#written) settle(each);
    gpu?.device.flush();
    for (const { storage } of this.#named.values()) storage.note();
  }

  /** Fields whose halos have to be exchanged first, if any. */
  #missing(): { readonly fields: readonly Field[]; readonly corners: boolean } | undefined {
    let missing: Set<Field> | undefined;
    let corners = false;
    for (const { name, demands } of this.#written)
      for (const demand of demands) {
        checkWalls(this.#kernel, name, demand);
        if (!lacks(demand)) continue;
        (missing ??= new Set()).add(demand.field);
        corners ||= demand.corners;
      }
    if (missing === undefined) return undefined;
    for (const each of this.#written) for (const field of joining(each, missing, corners)) missing.add(field);
    return { fields: [...missing], corners };
  }

  /** The smallest box with all points that are computed. */
  #cover(region: Region | undefined): void {
    const { cells, first, connectivity, dims } = this.#grid;
    const { lo, hi } = this.#box;
    for (let d = 0; d < dims; d++) {
      let low = Infinity;
      let high = -Infinity;
      const [below, above] = connectivity[d]!;
      for (const { extent, skipped, field } of this.#written) {
        const before =
          below === 'bounded' ? extent[wallSide(d, 0)]! - skipped[d]![0] : extent[connection(d, 0)]!;
        const after =
          above === 'bounded' ? extent[wallSide(d, 1)]! - skipped[d]![1] : extent[connection(d, 1)]!;
        low = Math.min(low, -before);
        high = Math.max(high, cells[d]! + extra(field.place, d) + after);
      }
      lo[d] = low;
      hi[d] = high;
      if (region === undefined) continue;
      lo[d] = Math.max(low, (region.lo[d] ?? 0) - first[d]!);
      hi[d] = Math.min(high, (region.hi[d] ?? Infinity) - first[d]!);
      if (lo[d]! > hi[d]!) hi[d] = lo[d]!;
    }
  }
}

/** What is valid of a written field now. */
function settle({ storage, extent, corners, field }: Written): void {
  const { grid, walls } = field;
  for (let d = 0; d < grid.dims; d++)
    for (let side = 0; side < 2; side++) {
      storage.depth[connection(d, side)] = extent[connection(d, side)]!;
      const condition = walls[d]![side as 0 | 1];
      const at = wallSide(d, side);
      storage.depth[at] =
        condition === undefined ? extent[at]! : ghostLayers(condition, field.place, d, grid.widthOf(d));
    }
  storage.corners = corners || !grid.anyConnection;
  field.applyWalls();
}
