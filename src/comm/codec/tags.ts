/** The first byte of each encoded value, little-endian operands behind it. */
export const Tag = {
  UNDEFINED: 0,
  NULL: 1,
  TRUE: 2,
  FALSE: 3,
  /** int8. */
  SMALL: 4,
  INT32: 5,
  FLOAT64: 6,
  /** int64. */
  BIGINT: 7,
  /** Length as uint8, Latin-1 bytes. */
  SHORT_STRING: 8,
  /** Length as uint32, Latin-1 bytes. */
  LATIN1: 9,
  /** Length in code units as uint32, UTF-16 code units: exact for lone surrogates too. */
  UTF16: 10,
  /** Length as uint32, the elements. */
  ARRAY: 11,
  /** Number of properties as uint32, keys (as strings) and values. */
  OBJECT: 12,
  /** Kind as uint8, length in bytes as uint32, the bytes. */
  TYPED_ARRAY: 13,
  /** Kind as uint8; the next part has the bytes. */
  TYPED_ARRAY_PART: 14,
  /** Length as uint32, what v8.Serializer wrote; the exact but slower way, for everything that is not plain data. */
  EXACT: 15,
  /** The same in the next part. */
  EXACT_PART: 16,
} as const;

/** Longest SHORT_STRING. */
export const SHORT_LENGTH = 40;

/** Typed arrays (and exact encodings) from this size on travel as parts, from where they lie. */
export const PART_BYTES = 4096;
