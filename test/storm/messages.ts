import assert from 'node:assert/strict';
import { Dice } from './dice.ts';

export const MOST_BYTES: number = 1 << 20;

/** Messages with these tags are values, with the others memory; those in WILD are received by requests for any source. */
export const VALUE_TAGS = [0, 2, 4] as const;
export const TAGS = [0, 1, 2, 3] as const;
export const WILD = { value: 4, memory: 5 } as const;
export const MOST_WILD_BYTES = 10_000;

export const isValue = (tag: number): boolean => tag % 2 === 0;

export interface Message {
  readonly number: number;
  readonly source: number;
  readonly dest: number;
  readonly tag: number;
  readonly bytes: number;
}

/** A message of a value: where it comes from, and its payload. */
export interface Parcel {
  readonly number: number;
  readonly payload: Uint8Array;
}

const SHIFTS = 65_521;
const noise = new Uint8Array(MOST_BYTES + SHIFTS);
const dice = new Dice(7);
for (let i = 0; i < noise.length; i++) noise[i] = dice.below(256);

/** The bytes of a message: a piece of noise, elsewhere in it for every number. */
export function payload({ number, bytes }: Message): Uint8Array {
  const start = (number * 7919) % SHIFTS;
  return noise.subarray(start, start + bytes);
}

export const parcel = (message: Message): Parcel => ({ number: message.number, payload: payload(message) });

/** `count` messages between `size` ranks, numbered from `first`. */
export function draw(dice: Dice, size: number, count: number, first: number): Message[] {
  return Array.from({ length: count }, (_, i) => {
    const wild = dice.below(4) === 0;
    return {
      number: first + i,
      source: dice.below(size),
      dest: dice.below(size),
      tag: wild ? dice.pick([WILD.value, WILD.memory]) : dice.pick(TAGS),
      bytes: dice.size(wild ? MOST_WILD_BYTES : MOST_BYTES),
    };
  });
}

/** What must come to one rank: messages of one source and tag in the order sent (MPI 4.1 §3.5). */
export class Due {
  readonly #queues = new Map<string, Message[]>();
  #count = 0;

  constructor(messages: readonly Message[]) {
    for (const message of messages) {
      const key = `${message.source}/${message.tag}`;
      const queue = this.#queues.get(key);
      if (queue) queue.push(message);
      else this.#queues.set(key, [message]);
      this.#count++;
    }
  }

  get count(): number {
    return this.#count;
  }

  next(source: number, tag: number): Message {
    const message = this.#queues.get(`${source}/${tag}`)?.shift();
    assert.ok(message, `nothing more is due from rank ${source} with tag ${tag}`);
    this.#count--;
    return message;
  }
}

export function checkBytes(got: Uint8Array, expected: Message): void {
  const { number, bytes, source, dest, tag } = expected;
  const what = `message ${number} from rank ${source} to ${dest}, tag ${tag}, ${bytes} bytes`;
  assert.equal(got.length, bytes, what);
  assert.equal(Buffer.compare(got, payload(expected)), 0, what);
}

export function checkParcel(got: Parcel, expected: Message): void {
  assert.equal(got.number, expected.number);
  checkBytes(got.payload, expected);
}
