/** Types of windows: which arrays their accesses take, and what must not compile. Nothing here runs. */
import { Window, type Communicator } from 'flotilla';

export function windows(comm: Communicator): unknown {
  const field = new Float64Array(new SharedArrayBuffer(80));
  const window: Window<Float64Array> = Window.create(comm, field);
  // Arrays of this rank alone, too.
  window.put(new Float64Array(3), 0);
  window.get(field.subarray(2), 0);
  // @ts-expect-error another type
  window.put(new Float32Array(3), 0);
  // @ts-expect-error another type
  window.accumulate(new BigInt64Array(3), 0);
  return window.array;
}
