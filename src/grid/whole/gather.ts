import { subarray, type Blocks } from '../../comm/index.ts';
import { rootDecides } from '../agree.ts';
import type { Field } from '../field.ts';
import { readBack } from '../gpu/read-back.ts';
import { notInItem } from '../inside.ts';
import { lengthOf, ownedView, partOf, wholeSize, type Part } from './owned.ts';

/** A whole field on one rank. */
export interface Whole {
  /** Elements, x fastest. */
  readonly data: Float64Array | Float32Array;
  /** Points along each dimension, x last: `[ny, nx]`. */
  readonly shape: number[];
}

/** All parts one after the other, as ranks send them. */
function partsOf(field: Field): { readonly parts: readonly Part[]; readonly counts: number[] } {
  const { size } = field.grid.topology.comm;
  const parts = Array.from({ length: size }, (_, rank) => partOf(field, rank));
  return { parts, counts: parts.map((part) => lengthOf(part.size)) };
}

const elements = ({ grid }: Field, length: number) =>
  grid.type === 'f64' ? new Float64Array(length) : new Float32Array(length);

/** Moves each part between a message and its place in the whole. */
function eachPart(
  field: Field,
  parts: readonly Part[],
  whole: Float64Array | Float32Array,
  packed: Float64Array | Float32Array,
  way: 'pack' | 'unpack',
): void {
  const shape = wholeSize(field).reverse();
  let from = 0;
  for (const { first, size } of parts) {
    const view = subarray(whole, shape, [...size].reverse(), [...first].reverse());
    const piece = packed.subarray(from, (from += lengthOf(size)));
    if (way === 'pack') view.pack(piece);
    else view.unpack(piece);
  }
}

/**
 * Collective: the whole field on the root, without halos.
 *
 * @param root rank of the architecture's communicator
 * @returns undefined on the other ranks
 */
export function gather(field: Field, root = 0): Whole | undefined {
  notInItem('gather');
  const { comm } = field.grid.topology;
  readBack('gather', field);
  const own = ownedView(field).pack(elements(field, ownedView(field).length));
  const { parts, counts } = partsOf(field);
  if (comm.rank !== root) {
    comm.Gatherv(own, null, root);
    return undefined;
  }
  const size = wholeSize(field);
  const data = elements(field, lengthOf(size));
  const packed: Blocks & { readonly data: Float64Array | Float32Array } = {
    data: elements(field, data.length),
    counts,
  };
  comm.Gatherv(own, packed, root);
  eachPart(field, parts, data, packed.data, 'unpack');
  return { data, shape: size.reverse() };
}

/**
 * Collective: gives the root's array to the field, each rank its part, shared vertices too.
 *
 * @param array elements of the whole field, x fastest; counts on the root only
 * @throws GridError ERR_ARGUMENT on all ranks for an array of a wrong length
 */
export function scatter(field: Field, array: ArrayLike<number> | undefined, root = 0): void {
  notInItem('scatter');
  const { comm } = field.grid.topology;
  const size = wholeSize(field);
  const wrong =
    array?.length === lengthOf(size)
      ? undefined
      : `the field has ${size.join(' × ')} points, the array ${array?.length ?? 0}`;
  rootDecides(comm, 'scatter', root, wrong);
  readBack('scatter', field);
  const { parts, counts } = partsOf(field);
  const own = elements(field, counts[comm.rank]!);
  if (comm.rank === root) {
    const whole = elements(field, array!.length);
    whole.set(array!);
    const packed = elements(field, whole.length);
    eachPart(field, parts, whole, packed, 'pack');
    comm.Scatterv({ data: packed, counts }, own, root);
  } else comm.Scatterv(null, own, root);
  ownedView(field).unpack(own);
  shareVertices(field);
  field.touch();
}

const TAG = 8 * 2048;

/** Vertices that two ranks have, at the upper end of all but the last, come from the rank above that owns them. */
export function shareVertices(field: Field): void {
  const { grid, place } = field;
  const { comm, neighbors } = grid.topology;
  for (let d = grid.dims - 1; d >= 0; d--) {
    if (place[d] !== 'v' || !grid.connects(d)) continue;
    const size = [...field.size];
    size[d] = 1;
    const at = (index: number) =>
      field.block(
        size.map((_, e) => (e === d ? index : 0)),
        size,
      );
    const [below, above] = neighbors[d]!;
    comm.Sendrecv(at(0), below, TAG, at(grid.cells[d]!), above, TAG);
  }
}
