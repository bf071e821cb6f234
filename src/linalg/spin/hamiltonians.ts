import { stream } from '../../internal/index.ts';
import { LinalgError } from '../error.ts';
import { SpinOperator } from './operator.ts';
import type { SpinTerm } from './strings.ts';

/** A coupling: one number for all directions, or one for each of x, y, z. */
export type Coupling = number | readonly [number, number, number];

/** Chains: open unless `cyclic`. */
export interface ChainOptions {
  readonly cyclic?: boolean;
}

const three = (value: Coupling): readonly [number, number, number] =>
  typeof value === 'number' ? [value, value, value] : value;

/** Σ over pairs of J S·S, direction by direction. */
function exchange(pairs: readonly (readonly [number, number])[], coupling: Coupling): SpinTerm[] {
  const [x, y, z] = three(coupling);
  return pairs.flatMap((sites) =>
    [
      { factor: x, ops: 'xx', sites },
      { factor: y, ops: 'yy', sites },
      { factor: z, ops: 'zz', sites },
    ].filter(({ factor }) => factor !== 0),
  );
}

/** −Σ B·S; a number is a field along z. */
function field(n: number, b: number | readonly [number, number, number]): SpinTerm[] {
  const fields = typeof b === 'number' ? [0, 0, b] : b;
  return ['x', 'y', 'z'].flatMap((ops, k) =>
    fields[k] === 0 ? [] : sites(n).map((site) => ({ factor: -fields[k]!, ops, sites: [site] })),
  );
}

const sites = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Pairs of sites `distance` apart in a chain. */
function bonds(n: number, cyclic: boolean, distance = 1): [number, number][] {
  return sites(n)
    .filter((i) => cyclic || i + distance < n)
    .map((i) => [i, (i + distance) % n]);
}

/** The Heisenberg chain, Σ J S·S − Σ B·S. */
export function hamHeis(
  n: number,
  { j = 1, b = 0, cyclic = false }: ChainOptions & { readonly j?: Coupling; readonly b?: Coupling } = {},
): SpinOperator {
  return new SpinOperator(n, [...exchange(bonds(n, cyclic), j), ...field(n, b)]);
}

/** The Ising chain in a transverse field, Σ jz Sz Sz − Σ bx Sx. */
export function hamIsing(
  n: number,
  { jz = 1, bx = 1, cyclic = false }: ChainOptions & { readonly jz?: number; readonly bx?: number } = {},
): SpinOperator {
  return hamHeis(n, { j: [0, 0, jz], b: [bx, 0, 0], cyclic });
}

/** The XY chain, Σ jxy (Sx Sx + Sy Sy) − Σ bz Sz; `jxy` may differ for x and y. */
export function hamXY(
  n: number,
  jxy: number | readonly [number, number] = 1,
  { bz = 0, cyclic = false }: ChainOptions & { readonly bz?: number } = {},
): SpinOperator {
  const [x, y] = typeof jxy === 'number' ? [jxy, jxy] : jxy;
  return hamHeis(n, { j: [x, y, 0], b: bz, cyclic });
}

/** The XXZ chain, Σ jxy (Sx Sx + Sy Sy) + delta Sz Sz. */
export function hamXXZ(
  n: number,
  delta: number,
  { jxy = 1, cyclic = false }: ChainOptions & { readonly jxy?: number } = {},
): SpinOperator {
  return hamHeis(n, { j: [jxy, jxy, delta], cyclic });
}

/** The J1–J2 chain, Σ j1 S·S of neighbours + Σ j2 S·S of next neighbours + Σ bz Sz. */
export function hamJ1J2(
  n: number,
  {
    j1 = 1,
    j2 = 0.5,
    bz = 0,
    cyclic = false,
  }: ChainOptions & { readonly j1?: number; readonly j2?: number; readonly bz?: number } = {},
): SpinOperator {
  const terms = [...exchange(bonds(n, cyclic), j1), ...exchange(bonds(n, cyclic, 2), j2)];
  return new SpinOperator(n, [...terms, ...field(n, -bz)]);
}

/**
 * The Heisenberg model on an open lattice of rows × columns, Σ j S·S + Σ bz Sz; site (r, c) is r ·
 * columns + c.
 */
export function hamHeis2D(
  rows: number,
  columns: number,
  { j = 1, bz = 0, cyclic = false }: ChainOptions & { readonly j?: Coupling; readonly bz?: number } = {},
): SpinOperator {
  const pairs: [number, number][] = [];
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      if (c + 1 < columns || cyclic) pairs.push([r * columns + c, r * columns + ((c + 1) % columns)]);
      if (r + 1 < rows || cyclic) pairs.push([r * columns + c, ((r + 1) % rows) * columns + c]);
    }
  return new SpinOperator(rows * columns, [...exchange(pairs, j), ...field(rows * columns, -bz)]);
}

/** Hard-core bosons in a chain, −t Σ hop + v Σ n n − mu Σ n. A boson is a spin down, bit 1. */
export function hamHubbardHardcore(
  n: number,
  {
    t = 0.5,
    v = 1,
    mu = 1,
    cyclic = false,
  }: ChainOptions & { readonly t?: number; readonly v?: number; readonly mu?: number } = {},
): SpinOperator {
  // A number operator is 1/2 − Sz.
  const terms: SpinTerm[] = bonds(n, cyclic).flatMap(([a, b]) => [
    { factor: -t, ops: '+-', sites: [a, b] },
    { factor: -t, ops: '-+', sites: [a, b] },
    { factor: v, ops: 'zz', sites: [a, b] },
    { factor: -v / 2, ops: 'z', sites: [a] },
    { factor: -v / 2, ops: 'z', sites: [b] },
    { factor: v / 4, ops: '', sites: [] },
  ]);
  for (const site of sites(n))
    terms.push({ factor: mu, ops: 'z', sites: [site] }, { factor: -mu / 2, ops: '', sites: [] });
  return new SpinOperator(
    n,
    terms.filter(({ factor }) => factor !== 0),
  );
}

/**
 * How the fields of `hamMbl` are found: given, or drawn from Philox streams keyed by (seed, site).
 */
export type FieldOptions =
  | { readonly fields: readonly number[] }
  | {
      /**
       * The strength: bound of even fields, standard deviation of normal ones, amplitude of
       * quasi-periodic ones.
       */
      readonly dh: number;
      /** Default 0. */
      readonly seed?: number;
      /**
       * Default uniform. Quasi-periodic: dh · cos(2π β i + φ) with β the golden ratio less 1 and φ
       * drawn.
       */
      readonly distribution?: 'uniform' | 'normal' | 'quasiperiodic';
    };

/**
 * The chain of many-body localization, Σ J S·S + Σ h Sz with a field for each site.
 *
 * @throws LinalgError ERR_OPTION for a list of fields that is not one a site.
 */
export function hamMbl(
  n: number,
  options: FieldOptions & ChainOptions & { readonly j?: Coupling; readonly bz?: number },
): SpinOperator {
  const { j = 1, bz = 0, cyclic = false } = options;
  const fields = 'fields' in options ? options.fields : drawFields(n, options);
  if (fields.length !== n) throw new LinalgError('ERR_OPTION', `${fields.length} fields for ${n} sites`);
  const terms = fields.map((h, site) => ({ factor: h, ops: 'z', sites: [site] }));
  return new SpinOperator(n, [...exchange(bonds(n, cyclic), j), ...field(n, bz), ...terms]);
}

function drawFields(
  n: number,
  { dh, seed = 0, distribution = 'uniform' }: Exclude<FieldOptions, { fields: unknown }>,
): number[] {
  const phase = 2 * Math.PI * stream(seed, 'phase').uniform();
  const beta = (Math.sqrt(5) - 1) / 2;
  return sites(n).map((site) => {
    const random = stream(seed, 'field', site);
    if (distribution === 'normal') return dh * random.normal();
    if (distribution === 'quasiperiodic') return dh * Math.cos(2 * Math.PI * beta * site + phase);
    return dh * (2 * random.uniform() - 1);
  });
}
