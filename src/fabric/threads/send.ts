import { ThreadOperation } from './operation.ts';
import type { Segments } from './segments.ts';
import type { Group } from './group.ts';

/** A send under way: not yet in the ring, waiting to be matched, or streaming. */
export class Send extends ThreadOperation {
  /** Bytes of the payload not yet in the ring. */
  left: number;
  /** The receiver's operation once it has answered. */
  remote = -1;

  constructor(
    context: number,
    group: Group,
    dest: number,
    tag: number,
    operation: string,
    readonly payload: Segments,
    readonly bytes: number,
    /** VALUE or 0. */
    readonly family: number,
    readonly extra: number,
    readonly synchronous: boolean,
  ) {
    super('to', context, group, dest, tag, operation);
    this.left = bytes;
  }
}
