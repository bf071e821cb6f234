import { availableParallelism } from 'node:os';
import { noPages } from '../../internal/index.ts';

/**
 * The shared memory of a job over threads, one SharedArrayBuffer:
 *
 *     world block            abort code, hint for the next communicator, whether ranks were spawned
 *     rank blocks            one a rank: doorbell, state, what it waits for, texts for reports
 *     communicator blocks    one a communicator: members, barrier, the collectives begun
 *     ring controls          one a ring: how far the reader is, whether the writer waits for room
 *     rings                  one an ordered pair of ranks
 *     slots                  a few a rank: what it shows all others in a collective
 *
 * There is room for ranks that spawn adds later: theirs are the numbers from `size` on.
 *
 * The system commits only the pages that are touched, so memory for rings nobody uses costs nothing.
 */
export interface ThreadsMemory {
  readonly buffer: SharedArrayBuffer;
  /** Ranks that the job began with. */
  readonly size: number;
  /** Capacity in units of the rings between them. */
  readonly ringUnits: number;
  /** What ranks need in order to yield (internal/yield.ts), where there are more of them than cores. */
  readonly noPages: object | undefined;
}

/** Frames and blocks are whole cache lines, so that ranks do not fight for a line that only one of them needs. */
export const UNIT_BYTES = 64;
export const UNIT_WORDS = 16;

/** Word offsets in the world block. */
export const World = {
  ABORT: 0,
  SPAWNED: 1,
  /** Spawned ranks that run; TOLD when their supervisor has said all. */
  RUNNING: 2,
  /** Ranks that do not sleep: as long as each has a core, waiting by looking keeps nobody from running. */
  AWAKE: 3,
  NEXT_COMMUNICATOR: 16,
  WORDS: 32,
  TOLD: -1,
} as const;

/** Word offsets in a rank block. */
export const Rank = {
  /** What the rank's thread sleeps on: AWAKE, or how it sleeps. */
  DOORBELL: 0,
  /** Whether the rank waits for one of its slots to be free. */
  WANTS_SLOT: 1,
  /** One of State. */
  STATE: 16,
  /** Counts the times the rank went to sleep: a rank with the same count is in the same wait. */
  SLEEPS: 17,
  /** The collective it is in, as in the communicator's ledger, and that communicator's context. */
  COLLECTIVE: 18,
  CONTEXT: 19,
  /** Set by a rank that wants to know from where this rank made the collective in the next word; cleared with the answer. */
  LOCATE: 20,
  LOCATE_WHICH: 21,
  CONTEXT_ASKED: 22,
  /** Of a spawned rank: how many times its number was given out; 0: not yet. */
  STARTS: 23,
  /** How many other ranks have a communicator with this one; its number is not given out again before that is 0. */
  HOLDERS: 24,
  /** Bit set of the world ranks of which any could end the wait. */
  WAITS_FOR: 32,
  WORDS: 64,
} as const;
export const MAX_RANKS = 1024;

export const Doorbell = { AWAKE: 0, BLOCKED: 1, EVENT_LOOP: 2 } as const;
export const State = { RUNNING: 0, BLOCKED: 1, ENDED: 2 } as const;

/** Texts a rank leaves for reports: where it waits, its answer to LOCATE. */
export const Text = { WAIT: 0, ANSWER: 1, COUNT: 2, BYTES: 2048 } as const;

/** Word offsets in a communicator block. */
export const Comm = {
  MEMBERS: 0,
  ARRIVED: 1,
  GENERATION: 2,
  LEDGER: 16,
  LEDGER_LENGTH: 16,
  WORDS: 32,
} as const;
export const MAX_COMMUNICATORS = 8192;
/** The numbers of the communicators that exist from the start; the self communicators of all ranks share one. */
export const WORLD_ID = 0;
export const SELF_ID = 1;

/** Word offsets in a ring control. */
export const Ring = { HEAD: 0, WANTED: 1, WORDS: 16 } as const;

/** Word offsets in a slot, and where its data begins. What readers write lies in another cache line than what they look at. */
export const Slot = { KEY: 0, GROUP: 1, TOTAL: 2, READERS: 16, HEADER_BYTES: 128 } as const;
/** A rank may be a few pieces ahead of its readers. */
export const SLOTS = 4;
/** Bytes of data in a slot: pieces so long that waiting for each other is nothing beside copying them, and still in the caches. */
export const SLOT_BYTES: number = 512 * 1024;

const RINGS_BYTES = 256 * 2 ** 20;
/** Nothing is gained beyond; and what few ranks may have, many may not: each message goes further along its ring, and touches all of it in the end. */
const MOST_RING_BYTES = 2 ** 20;
const MANY_RANKS = 8;

/** Spawned ranks that a job may have at a time. */
const SPARE_RANKS = 60;
/** Rings of theirs are at least so long, unless all are shorter: a frame fits wherever it falls. */
const SPARE_RING_BYTES = 32 * 1024;

type Shape = Pick<ThreadsMemory, 'size' | 'ringUnits'>;

/** Ranks that there is room for. */
export const capacityOf = ({ size }: Pick<Shape, 'size'>): number => Math.min(size + SPARE_RANKS, MAX_RANKS);

export function createMemory(size: number): ThreadsMemory {
  if (size > MAX_RANKS) throw new RangeError(`${size} ranks over threads: at most ${MAX_RANKS} are possible`);
  const fitting = 2 ** Math.floor(Math.log2(RINGS_BYTES / (size * size)));
  const most = size > MANY_RANKS ? MOST_RING_BYTES / 4 : MOST_RING_BYTES;
  const ringUnits = Math.min(most, Math.max(8 * 1024, fitting)) / UNIT_BYTES;
  const layout = { size, ringUnits };
  const buffer = new SharedArrayBuffer(slotStart(layout, capacityOf(layout), 0));
  return { buffer, ...layout, noPages: size > availableParallelism() ? noPages() : undefined };
}

const align = (bytes: number) => Math.ceil(bytes / UNIT_BYTES) * UNIT_BYTES;

/* Where things are. Word offsets index an Int32Array over the whole buffer, the rest are bytes. */
export const rankBlock = (rank: number): number => World.WORDS + rank * Rank.WORDS;
const communicators = (size: number) => rankBlock(capacityOf({ size }));
export const communicatorBlock = (size: number, id: number): number => communicators(size) + id * Comm.WORDS;
const texts = (size: number) => 4 * communicatorBlock(size, MAX_COMMUNICATORS);
export const textStart = (size: number, rank: number, text: number): number =>
  texts(size) + (rank * Text.COUNT + text) * Text.BYTES;
const controls = (size: number) => align(textStart(size, capacityOf({ size }), 0)) / 4;

/** Rings between the first ranks, then for each later rank those with all before it and with itself. */
function ringIndex(size: number, source: number, dest: number): number {
  const later = Math.max(source, dest);
  if (later < size) return source * size + dest;
  return later * later + (source < later ? source : later + dest);
}
export const ringControl = (size: number, source: number, dest: number): number =>
  controls(size) + ringIndex(size, source, dest) * Ring.WORDS;

const isSpare = (memory: Shape, source: number, dest: number) => Math.max(source, dest) >= memory.size;
function spareUnits(memory: Shape): number {
  const rings = Math.max(1, capacityOf(memory) ** 2 - memory.size ** 2);
  const fitting = 2 ** Math.floor(Math.log2(RINGS_BYTES / rings)) / UNIT_BYTES;
  return Math.min(memory.ringUnits, Math.max(fitting, SPARE_RING_BYTES / UNIT_BYTES));
}
/** Capacity of a ring in units. */
export const ringUnitsOf = (memory: Shape, source: number, dest: number): number =>
  isSpare(memory, source, dest) ? spareUnits(memory) : memory.ringUnits;

function ringAt(memory: Shape, index: number): number {
  const { size, ringUnits } = memory;
  const few = size * size;
  const first = 4 * (controls(size) + capacityOf(memory) ** 2 * Ring.WORDS);
  const units = index <= few ? index * ringUnits : few * ringUnits + (index - few) * spareUnits(memory);
  return first + units * UNIT_BYTES;
}
/** Byte offset of a ring. */
export const ringStart = (memory: Shape, source: number, dest: number): number =>
  ringAt(memory, ringIndex(memory.size, source, dest));
/** Byte offset of a rank's slot. */
export const slotStart = (memory: Shape, rank: number, slot: number): number =>
  ringAt(memory, capacityOf(memory) ** 2) + (rank * SLOTS + slot) * (Slot.HEADER_BYTES + SLOT_BYTES);

/** Leaves a text for a report; one too long is cut. */
export function writeText(memory: ThreadsMemory, rank: number, text: number, value: string): void {
  const start = textStart(memory.size, rank, text);
  const bytes = new TextEncoder().encode(value).subarray(0, Text.BYTES - 4);
  new Uint8Array(memory.buffer, start + 4).set(bytes);
  Atomics.store(new Int32Array(memory.buffer, start, 1), 0, bytes.length);
}

export function readText(memory: ThreadsMemory, rank: number, text: number): string {
  const start = textStart(memory.size, rank, text);
  const length = Atomics.load(new Int32Array(memory.buffer, start, 1), 0);
  return Buffer.from(memory.buffer, start + 4, length).toString();
}
