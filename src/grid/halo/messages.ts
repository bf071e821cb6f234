import type { CartCommunicator, PersistentRequest } from '../../comm/index.ts';
import type { ElementType } from '../../kernel/index.ts';
import type { Channel, Slot } from './channel.ts';
import { LABEL_BYTES, LABEL_WORDS } from './label.ts';

interface Pair {
  readonly out: Slot;
  readonly in: Slot;
  readonly send: PersistentRequest;
  readonly receive: PersistentRequest;
}

/** Halos as persistent messages, described once for each length (MPI 4.1 §3.9). */
export class Messages implements Channel {
  readonly #pairs = new Map<number, Pair>();
  #current: Pair | undefined;

  constructor(
    readonly comm: CartCommunicator,
    readonly neighbor: number,
    /** Tags of what goes there and of what comes from there. */
    readonly tags: readonly [number, number],
    readonly type: ElementType,
  ) {}

  open(length: number): Slot {
    let pair = this.#pairs.get(length);
    if (pair === undefined) {
      pair = this.#describe(length);
      this.#pairs.set(length, pair);
    }
    this.#current = pair;
    pair.receive.start();
    return pair.out;
  }

  post(): void {
    this.#current!.send.start();
  }

  arrived(): boolean {
    return this.#current!.receive.test();
  }

  take(): Slot {
    this.#current!.receive.wait();
    return this.#current!.in;
  }

  close(): void {
    this.#current!.send.wait();
  }

  #describe(length: number): Pair {
    const { comm, neighbor, tags, type } = this;
    const make = () => {
      const buffer = new ArrayBuffer(LABEL_BYTES + length * (type === 'f64' ? 8 : 4));
      const whole = type === 'f64' ? new Float64Array(buffer) : new Float32Array(buffer);
      const label = new Int32Array(buffer, 0, LABEL_WORDS);
      return { whole, slot: { label, elements: whole.subarray(LABEL_BYTES / whole.BYTES_PER_ELEMENT) } };
    };
    const [out, incoming] = [make(), make()];
    return {
      out: out.slot,
      in: incoming.slot,
      send: comm.SendInit(out.whole, neighbor, tags[0]),
      receive: comm.RecvInit(incoming.whole, neighbor, tags[1]),
    };
  }
}
