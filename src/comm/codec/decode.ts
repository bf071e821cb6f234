import { MpiError } from '../../fabric/error.ts';
import { viewOf } from '../../fabric/memory.ts';
import { PREFIX_BYTES, type Incoming } from '../../fabric/message.ts';
import { deserializeExactly } from './exact.ts';
import { SHORT_LENGTH, Tag } from './tags.ts';

/*
 * Reads messages where they lie; nothing that it returns refers to their memory, except the parts. The state of the one decoding
 * under way lies in module variables, which V8 reaches faster than private fields.
 */
const NO_BYTES: Buffer = Buffer.alloc(0);
const NO_VIEW: DataView = new DataView(NO_BYTES.buffer);
const NO_PARTS: readonly ArrayBuffer[] = [];
let bytes = NO_BYTES;
let view = NO_VIEW;
let at = 0;
let parts = NO_PARTS;
let part = 0;

/** The memory of a longer message is let go; that of short ones is the fabric's own, and used again. */
const LONG_BYTES = 64 * 1024;

/** The value in a message. Its type is the sender's word. */
export function decode<T>(message: Incoming): T {
  const memory = message.bytes;
  if (memory !== bytes) {
    bytes = Buffer.isBuffer(memory)
      ? memory
      : Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
    view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  }
  at = message.start + PREFIX_BYTES;
  parts = message.parts;
  part = 0;
  const value = read();
  parts = NO_PARTS;
  if (message.length > LONG_BYTES) {
    bytes = NO_BYTES;
    view = NO_VIEW;
  }
  return value as T;
}

function read(): unknown {
  const tag = bytes[at++]!;
  switch (tag) {
    case Tag.UNDEFINED:
      return undefined;
    case Tag.NULL:
      return null;
    case Tag.TRUE:
      return true;
    case Tag.FALSE:
      return false;
    case Tag.SMALL:
      return view.getInt8(skip(1));
    case Tag.INT32:
      return view.getInt32(skip(4), true);
    case Tag.FLOAT64:
      return view.getFloat64(skip(8), true);
    case Tag.BIGINT:
      return view.getBigInt64(skip(8), true);
    case Tag.SHORT_STRING:
      return readShort();
    case Tag.LATIN1:
    case Tag.UTF16:
      return readLong(tag);
    case Tag.ARRAY:
      return readArray();
    case Tag.OBJECT:
      return readObject();
    default:
      return readMemory(tag);
  }
}

function skip(count: number): number {
  const start = at;
  at = start + count;
  return start;
}

function readLength(): number {
  return view.getUint32(skip(4), true);
}

/** Short strings met lately, by a hash of a few of their bytes, and those bytes. */
const KNOWN: string[] = new Array<string>(256).fill('');
const KNOWN_BYTES = new Uint8Array(256 * SHORT_LENGTH);

/**
 * Short strings, keys above all, come again and again: recognising one by its bytes is quicker than making it. (By bytes kept aside: V8
 * turns a string that has served as a key into a reference to another, whose characters are slow to read.)
 */
function readShort(): string {
  const memory = bytes;
  const length = memory[at]!;
  const start = at + 1;
  const end = start + length;
  at = end;
  if (length === 0) return '';
  const slot =
    (length * 31 + memory[start]! * 7 + memory[end - 1]! * 3 + memory[start + (length >> 1)]!) & 255;
  const known = KNOWN[slot]!;
  const shift = slot * SHORT_LENGTH - start;
  let i = start;
  if (known.length === length) while (i < end && KNOWN_BYTES[shift + i] === memory[i]) i++;
  if (i === end) return known;
  for (; i < end; i++) KNOWN_BYTES[shift + i] = memory[i]!;
  return (KNOWN[slot] = memory.toString('latin1', start, end));
}

function readLong(tag: number): string {
  const length = readLength();
  const size = tag === Tag.LATIN1 ? length : 2 * length;
  const start = skip(size);
  return bytes.toString(tag === Tag.LATIN1 ? 'latin1' : 'utf16le', start, start + size);
}

function readArray(): unknown[] {
  const length = readLength();
  const array = new Array<unknown>(length);
  for (let i = 0; i < length; i++) array[i] = read();
  return array;
}

function readObject(): object {
  const count = readLength();
  const object: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    const key = bytes[at++] === Tag.SHORT_STRING ? readShort() : readLong(bytes[at - 1]!);
    const value = read();
    if (key === '__proto__') {
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    } else {
      object[key] = value;
    }
  }
  return object;
}

function readMemory(tag: number): unknown {
  switch (tag) {
    case Tag.TYPED_ARRAY: {
      const kind = bytes[at++]!;
      return viewOf(kind, new Uint8Array(lentBytes()).buffer);
    }
    case Tag.TYPED_ARRAY_PART:
      return viewOf(bytes[at++]!, parts[part++]!);
    case Tag.EXACT:
      return deserializeExactly(lentBytes());
    case Tag.EXACT_PART:
      return deserializeExactly(new Uint8Array(parts[part++]!));
    default:
      throw new MpiError('ERR_INTERN', `a corrupt message: ${tag} is no type`, { operation: 'decode' });
  }
}

function lentBytes(): Uint8Array {
  const length = readLength();
  const start = skip(length);
  return bytes.subarray(start, start + length);
}
