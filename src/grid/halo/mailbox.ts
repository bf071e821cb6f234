import { Window, type CartCommunicator, type Communicator } from '../../comm/index.ts';
import type { ElementType } from '../../kernel/index.ts';
import type { Channel, Slot } from './channel.ts';
import { LABEL_BYTES, LABEL_WORDS } from './label.ts';

/** Milliseconds that a rank looks for a message before it sleeps. */
const LOOK_MS = 0.02;
/** Looks between two glances at the clock. */
const LOOKS = 64;

/** Words of a mailbox's head, each on a cache line of its own: how many messages were posted; whether the reader sleeps. */
const POSTED = 0;
const SLEEPS = 16;
const HEAD_BYTES = 128;
/** Sides that a rank can have neighbors on. */
const SIDES = 6;

/** Bytes of one message, a multiple of a cache line. */
const stepOf = (capacity: number, bytes: number) => LABEL_BYTES + 64 * Math.ceil((capacity * bytes) / 64);

/**
 * Mailboxes of the ranks of one node, in memory that all of them share: for each side of a rank two slots in turn. The owner packs, the neighbor unpacks from
 * there. Two suffice: who posts message n has taken the neighbor's n − 1, which that rank posted after it had unpacked n − 2.
 */
export class Mailboxes {
  readonly #window: Window<Float64Array>;

  /** Collective over the ranks of the node. */
  constructor(
    readonly node: Communicator,
    readonly capacity: number,
    readonly type: ElementType,
  ) {
    const bytes = SIDES * (HEAD_BYTES + 2 * stepOf(capacity, type === 'f64' ? 8 : 4));
    this.#window = Window.allocateShared(node, Float64Array, bytes / 8);
  }

  /** The mailbox of a rank of the node for one of its sides. */
  box(rank: number, side: number): Box {
    return new Box(this.#window.shared(rank), side, this.capacity, this.type);
  }

  /** Collective. */
  free(): void {
    this.#window.free();
  }
}

/** One mailbox. */
class Box {
  readonly head: Int32Array;
  readonly slots: readonly [Slot, Slot];

  constructor({ buffer, byteOffset }: Float64Array, side: number, capacity: number, type: ElementType) {
    const step = stepOf(capacity, type === 'f64' ? 8 : 4);
    const start = byteOffset + side * (HEAD_BYTES + 2 * step);
    this.head = new Int32Array(buffer, start, HEAD_BYTES / 4);
    const slot = (n: number): Slot => {
      const at = start + HEAD_BYTES + n * step;
      const from = at + LABEL_BYTES;
      return {
        label: new Int32Array(buffer, at, LABEL_WORDS),
        elements:
          type === 'f64'
            ? new Float64Array(buffer, from, capacity)
            : new Float32Array(buffer, from, capacity),
      };
    };
    this.slots = [slot(0), slot(1)];
  }
}

const NOTHING = new Uint8Array(0);

/** Halos through the mailboxes of a node. A rank that has looked in vain for a while sleeps in a receive, so that a deadlock or the end of another rank is told as anywhere. */
export class Mailbox implements Channel {
  #sent = 0;
  #taken = 0;

  constructor(
    readonly comm: CartCommunicator,
    readonly neighbor: number,
    /** Tags of wake-up messages sent there and received from there. */
    readonly tags: readonly [number, number],
    readonly own: Box,
    readonly theirs: Box,
  ) {}

  open(): Slot {
    return this.own.slots[((this.#sent + 1) & 1) as 0 | 1];
  }

  post(): void {
    const { head } = this.own;
    Atomics.store(head, POSTED, ++this.#sent);
    if (Atomics.load(head, SLEEPS) === 1 && Atomics.exchange(head, SLEEPS, 0) === 1)
      this.comm.Send(NOTHING, this.neighbor, this.tags[0]);
  }

  arrived(): boolean {
    return Atomics.load(this.theirs.head, POSTED) > this.#taken;
  }

  take(): Slot {
    while (!this.#look()) this.#sleep();
    return this.theirs.slots[(++this.#taken & 1) as 0 | 1];
  }

  close(): void {
    // The owner knows by the next message that its slot is free.
  }

  #look(): boolean {
    if (this.arrived()) return true;
    const end = performance.now() + LOOK_MS;
    do {
      for (let n = 0; n < LOOKS; n++) if (this.arrived()) return true;
    } while (performance.now() < end);
    return false;
  }

  /** May end too soon: whoever posted the message before may only now look whether anybody sleeps. */
  #sleep(): void {
    const { head } = this.theirs;
    Atomics.store(head, SLEEPS, 1);
    // Posted meanwhile: whoever posted has either seen that this rank sleeps, and then wakes it, or has not.
    if (this.arrived() && Atomics.compareExchange(head, SLEEPS, 1, 0) === 1) return;
    this.comm.Recv(NOTHING, this.neighbor, this.tags[1]);
  }
}
