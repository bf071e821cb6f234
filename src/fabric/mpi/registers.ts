/** The memory shared with native/mpi.c: 64 integers, 64 doubles, the stage, the list of finished requests. Numbers as there. */
export const Word = {
  COMM: 0,
  PEER: 1,
  TAG: 2,
  KIND: 3,
  MODE: 4,
  OP: 5,
  ID: 6,
  ERROR: 7,
  SOURCE: 8,
  GOT_TAG: 9,
  FLAG: 10,
  DONE: 11,
  RANK: 12,
  SIZE: 13,
  TAG_UB: 14,
  LEVEL: 15,
  MESSAGE: 16,
  PEER_COMM: 17,
  REMOTE_SIZE: 18,
  SLOT: 19,
  KNOWN: 20,
} as const;

/** Places among the doubles. */
export const Double = { COUNT: 0, BYTES: 1, ADDRESS: 2 } as const;

export const STAGE_BYTES = 16384;
const STAGE_AT = 1024;
const DONE_AT = STAGE_AT + STAGE_BYTES;
const DONE_MAX = 256;

/** Words of a record in the list of finished requests. */
export const Done = { ID: 0, SOURCE: 1, TAG: 2, ERROR: 3, CANCELLED: 4, BYTES: 6, WORDS: 8 } as const;

export const memory: ArrayBuffer = new ArrayBuffer(DONE_AT + DONE_MAX * Done.WORDS * 4);
export const R: Int32Array = new Int32Array(memory, 0, 64);
export const F: Float64Array = new Float64Array(memory, 256, 64);

/** A stage seen as its elements of the kinds that are copied in loops. */
export interface Stage {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly floats: Float64Array;
}

function makeStage(memory: ArrayBuffer, at: number): Stage {
  return {
    bytes: Buffer.from(memory, at, STAGE_BYTES),
    words: new Int32Array(memory, at, STAGE_BYTES / 4),
    floats: new Float64Array(memory, at, STAGE_BYTES / 8),
  };
}

export const outgoing: Stage = makeStage(memory, STAGE_AT);

/** The other stage lies in memory of the binding's. */
export let incoming: Stage = outgoing;
export function receiveInto(buffer: ArrayBuffer): void {
  incoming = makeStage(buffer, 0);
}

export const finished: Int32Array = new Int32Array(memory, DONE_AT, DONE_MAX * Done.WORDS);
export const finishedBytes: Float64Array = new Float64Array(memory, DONE_AT, (DONE_MAX * Done.WORDS) / 2);
