import { MpiError, type MpiErrorCode } from '../fabric/error.ts';
import type { Carrier } from '../fabric/fabric.ts';

/** What windows and files share: they are made on a communicator, refuse bad arguments, and end. */
export class Handle {
  /** What carries the communicator it was made on. @internal */
  protected readonly carrier: Carrier;
  #ended: string | undefined;

  /** @internal */
  constructor(carrier: Carrier) {
    this.carrier = carrier;
  }

  /** Begins a call: its name goes into errors and reports. */
  protected enter(operation: string): void {
    this.carrier.operation = operation;
    if (this.#ended !== undefined) throw this.refuse('ERR_ARG', this.#ended);
  }

  /** From here on every call is refused with these words. */
  protected endWith(words: string): void {
    this.#ended = words;
  }

  protected refuse(code: MpiErrorCode, message: string, peer?: number): MpiError {
    return refusal(this.carrier, code, message, peer);
  }
}

/** The error of the call under way on a communicator. */
export function refusal(
  carrier: Pick<Carrier, 'operation' | 'rank'>,
  code: MpiErrorCode,
  message: string,
  peer?: number,
): MpiError {
  const { operation, rank } = carrier;
  return new MpiError(code, message, { operation, rank, ...(peer !== undefined && { peer }) });
}

/** Everyone's numbers, rank after rank: how ranks agree that all of them can do what was asked. */
export function allNumbers(carrier: Carrier, ...own: number[]): number[][] {
  const { rank, size } = carrier;
  const numbers = new Float64Array(own.length * size);
  numbers.set(own, own.length * rank);
  carrier.allgather(null, numbers);
  return Array.from({ length: size }, (_, r) => [...numbers.subarray(r * own.length, (r + 1) * own.length)]);
}
