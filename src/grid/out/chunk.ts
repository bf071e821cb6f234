import { File } from '../../comm/index.ts';
import type { Field } from '../field.ts';
import { readBack } from '../gpu/read-back.ts';
import { ownedView, partOf, wholeSize } from '../whole/owned.ts';
import { onAll } from './together.ts';

const typeOf = ({ grid }: Field) => (grid.type === 'f64' ? Float64Array : Float32Array);

/** Where this rank's own points lie in the whole field, last dimension first. */
function layoutOf(field: Field) {
  const { first, size } = partOf(field, field.grid.topology.comm.rank);
  return { shape: wholeSize(field).reverse(), subshape: [...size].reverse(), start: [...first].reverse() };
}

/** Collective: writes a whole field to one file, each rank its part. */
export function writeChunk(field: Field, path: string, operation: string): void {
  const { comm } = field.grid.topology;
  readBack(operation, field);
  const own = ownedView(field).pack() as Float64Array | Float32Array;
  const file = onAll(comm, operation, () => File.open(comm, path, 'w'));
  try {
    onAll(comm, operation, () => file.setView(0, typeOf(field), layoutOf(field)));
    onAll(comm, operation, () => file.writeAtAll(own, 0));
    onAll(comm, operation, () => file.sync());
  } finally {
    file.close();
  }
}

/** Collective: gives a field what a file has, each rank its part. */
export function readChunk(field: Field, path: string, operation: string): void {
  const { comm } = field.grid.topology;
  readBack(operation, field);
  const view = ownedView(field);
  const own = new (typeOf(field))(view.length);
  const file = onAll(comm, operation, () => File.open(comm, path, 'r'));
  try {
    onAll(comm, operation, () => file.setView(0, typeOf(field), layoutOf(field)));
    const read = onAll(comm, operation, () => file.readAtAll(own, 0));
    onAll(comm, operation, () => {
      if (read < own.length)
        throw new RangeError(`${path} ends after ${read} of ${own.length} elements of a rank's part`);
    });
  } finally {
    file.close();
  }
  view.unpack(own);
}
