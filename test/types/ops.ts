/** Types of operations of one's own: which operands they take, and what must not compile. Nothing here runs. */
import { createBlockOp, createOp, type Communicator, type Op, type TypedArray } from 'flotilla';

export function ops(comm: Communicator): unknown[] {
  // The function's arrays are of `type`; without it, of any type.
  const typed: Op<Int32Array> = createBlockOp((total, right) => total.set(right), {
    type: Int32Array,
    unit: 3,
  });
  const any: Op<TypedArray> = createBlockOp((total, right) => total.set(right as never));
  const sum: number[] = comm.allreduce(
    [1],
    createOp<number[]>((a, b) => a.concat(b)),
  );
  const array: Int32Array = comm.allreduce(new Int32Array(3), typed);

  // @ts-expect-error the values are no typed arrays
  comm.allreduce('text', typed);
  // @ts-expect-error another type
  comm.allreduce(new Float64Array(3), typed);
  // @ts-expect-error the function is for arrays of another type
  createBlockOp((total: Float64Array) => total.fill(0), { type: Int32Array });
  // @ts-expect-error a unit is a number
  createBlockOp(() => undefined, { unit: '2' });

  return [any, sum, array];
}
