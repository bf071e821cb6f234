/**
 * A frame: eight words, then the payload.
 *
 *     word 0   length in units (ring.ts)
 *     word 1   type, and VALUE for a message of the values family
 *     word 2   context: which communicator, and whether a user's message or one of a collective
 *     word 3   tag
 *     word 4–5 bytes of the whole message (float64)
 *     word 6   the operation that the frame is from (EAGER_SYNC, RTS) or for (CTS, DATA, ACK)
 *     word 7   CTS: the receiver's operation; VALUE: bytes of the message's head; otherwise the element kind
 *
 * Short messages travel in one EAGER frame. A long one asks first (RTS); when it is matched the receiver answers CTS and the
 * payload follows in DATA frames, straight into the receiver's memory. EAGER_SYNC is answered by ACK when it is matched.
 */
export const Frame = {
  TYPE: 1,
  CONTEXT: 2,
  TAG: 3,
  BYTES: 4,
  OPERATION: 6,
  EXTRA: 7,
  HEADER_BYTES: 32,
} as const;

export const Type = {
  EAGER: 1,
  EAGER_SYNC: 2,
  RTS: 3,
  CTS: 4,
  DATA: 5,
  ACK: 6,
  MASK: 0xff,
  VALUE: 0x100,
} as const;

export const ANY = -1;
