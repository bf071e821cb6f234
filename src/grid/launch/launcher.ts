import type { Kernel } from '../../kernel/index.ts';
import { GridError } from '../error.ts';
import { notInItem } from '../inside.ts';
import type { Field } from '../field.ts';
import type { CpuEngine, Engine } from '../architecture.ts';
import type { Dims, Grid } from '../grid.ts';
import type { GridArguments } from '../groups.ts';
import { Exchange } from '../halo/exchange.ts';
import { Label } from '../halo/label.ts';
import { Entry, type Region } from './entry.ts';
import { rimOf } from './rim.ts';

/** Options of one launch. */
export interface LaunchOptions {
  /** Computes only these points, by global indices. */
  readonly within?: Region;
}

/**
 * Runs a kernel at all points of what it writes, on all ranks. What it reads of other ranks is exchanged before, where it is not there yet.
 *
 * @throws KernelError where the kernel is refused; GridError ERR_HALO where it needs values beyond a wall that nothing sets, or further away than the halo is
 *     wide; both before anything is written, and alike on all ranks. ERR_MISMATCH where ranks make different launches
 */
export type Launch<E extends Engine = Engine> = <A>(
  kernel: Kernel<A>,
  args: GridArguments<A>,
  options?: LaunchOptions,
) => Launched<E>;

/** On a GPU a promise, that is kept when the work is on its way there; otherwise nothing. A program for both awaits it. */
export type Launched<E extends Engine> = E extends 'gpu' ? Promise<void> : void;

const exchanges = new WeakMap<Grid, Exchange>();

function exchangeOf(grid: Grid): Exchange {
  let exchange = exchanges.get(grid);
  if (exchange === undefined) {
    exchange = new Exchange(grid);
    exchanges.set(grid, exchange);
  }
  return exchange;
}

/** Launches remembered for a kernel; the oldest goes when there are more. */
const MOST_ENTRIES = 64;

/** Options of all launches. */
export interface LauncherOptions {
  /**
   * Whether points that need no halo are computed while halos are exchanged. `'auto'`, the default: where a neighbor is on another node; through shared memory it
   * gains nothing. `outerWidth`: points left for afterwards next to each side, one number or one a dimension, at least what kernels reach; along x 16 by
   * default, so that the rest is computed in whole vectors. Bits are the same.
   */
  readonly overlap?: 'auto' | boolean | { readonly outerWidth: number | readonly number[] };
}

/**
 * What runs kernels on a grid.
 *
 * @example
 * const launch = launcher(grid);
 * launch(flux, { q, C, chi });
 */
export function launcher<E extends Engine = CpuEngine>(
  grid: Grid<Dims, E>,
  { overlap = 'auto' }: LauncherOptions = {},
): Launch<E> {
  const entries = new WeakMap<object, Entry[]>();
  const exchange = exchangeOf(grid);
  const rim = rimOf(grid, overlap === 'auto' ? exchange.hasMessages : overlap);
  const launch = (kernel: Kernel<never>, args: object, options?: LaunchOptions): unknown => {
    notInItem('launch');
    exchange.count();
    let known = entries.get(kernel);
    if (known === undefined) entries.set(kernel, (known = []));
    let entry: Entry | undefined;
    for (const each of known) if (each.known.fits(args)) entry = each;
    if (entry === undefined) {
      entry = new Entry(grid, kernel, args);
      known.push(entry);
      if (known.length > MOST_ENTRIES) known.shift();
    } else entry.update(args);
    entry.run(exchange, options?.within, rim);
    return undefined;
  };
  const inOrder = (kernel: Kernel<never>, args: object, options?: LaunchOptions) =>
    new Promise<void>((resolve) => {
      launch(kernel, args, options);
      resolve();
    });
  return (grid.architecture.gpu === undefined ? launch : inOrder) as Launch<E>;
}

/**
 * Collective: fills the halos of fields by hand, those beyond walls and those of other ranks, corners too. All fields are of one grid.
 *
 * @throws GridError ERR_ARGUMENT for fields of two grids
 */
export function fillHalo(...fields: readonly Field[]): void {
  const exchange = together('fillHalo', fields);
  exchange?.all(fields, labelOf('fillHalo', fields), true);
}

/**
 * Collective: exchanges halos between ranks, corners too, and leaves those beyond walls as they are.
 *
 * @throws GridError ERR_ARGUMENT for fields of two grids
 */
export function exchangeHalo(...fields: readonly Field[]): void {
  const exchange = together('exchangeHalo', fields);
  exchange?.all(fields, labelOf('exchangeHalo', fields), false);
  for (const { storage } of fields) storage.note();
}

function together(operation: string, fields: readonly Field[]): Exchange | undefined {
  notInItem(operation);
  const [first] = fields;
  if (first === undefined) return undefined;
  if (fields.some(({ grid }) => grid !== first.grid))
    throw new GridError('ERR_ARGUMENT', `${operation}: the fields are of two grids`, { operation });
  for (const { storage, name } of fields) storage.checkTouched(operation, name);
  const exchange = exchangeOf(first.grid);
  exchange.count();
  return exchange;
}

/** Labels of exchanges by hand, by call and values: made once, as what they exchange is described once. */
const labels = new WeakMap<Grid, Map<string, Label>>();

function labelOf(operation: string, fields: readonly Field[]): Label {
  const identity = fields.map(({ storage }) => storage.id).join();
  const { grid } = fields[0]!;
  let known = labels.get(grid);
  if (known === undefined) labels.set(grid, (known = new Map<string, Label>()));
  const key = `${operation} ${identity}`;
  let label = known.get(key);
  if (label === undefined) known.set(key, (label = new Label(operation, identity)));
  return label;
}
