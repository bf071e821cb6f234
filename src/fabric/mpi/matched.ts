import type { Matched, Operation } from '../fabric.ts';
import { byteLengthOf, kindOf, type TypedArray } from '../memory.ts';
import type { MpiCarrier } from './carrier.ts';
import { Double, F, R, Word } from './registers.ts';

/** A message of MPI that a matched probe has found. */
export class MpiMatched implements Matched {
  constructor(
    readonly carrier: MpiCarrier,
    /** Its number in the table of native/mpi.c. */
    readonly handle: number,
  ) {}

  irecv(array: TypedArray): Operation {
    const { fabric } = this.carrier;
    R[Word.MESSAGE] = this.handle;
    R[Word.KIND] = kindOf(array);
    F[Double.COUNT] = array.length;
    return fabric.begin(this.carrier, 'memory', byteLengthOf(array), array, () =>
      fabric.binding.imrecvArray(array),
    );
  }

  irecvMessage(): Operation {
    const { fabric } = this.carrier;
    R[Word.MESSAGE] = this.handle;
    return fabric.begin(this.carrier, 'value', undefined, undefined, () => fabric.binding.imrecvValue());
  }
}
