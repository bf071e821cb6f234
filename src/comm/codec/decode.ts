import { viewOf } from '../../fabric/memory.ts';
import { PREFIX_BYTES, type Incoming } from '../../fabric/message.ts';
import { deserializeExactly } from './exact.ts';
import { Tag } from './tags.ts';

/*
 * Reads messages where they lie; nothing that it returns refers to their memory, except the parts. The state of the one decoding
 * under way lies in module variables, which V8 reaches faster than private fields.
 */
let bytes: Buffer = Buffer.alloc(0);
let view = new DataView(bytes.buffer);
let at = 0;
let parts: readonly ArrayBuffer[] = [];
let part = 0;

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
  return read() as T;
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

/** Short strings met lately, by a hash of a few of their bytes. */
const KNOWN: string[] = new Array<string>(256).fill('');

/** Short strings, keys above all, come again and again: recognising one by its bytes is quicker than making it. */
function readShort(): string {
  const memory = bytes;
  const length = memory[at]!;
  const start = at + 1;
  const end = start + length;
  at = end;
  if (length === 0) return '';
  const mix = length * 31 + memory[start]! * 7 + memory[end - 1]! * 3 + memory[start + (length >> 1)]!;
  const known = KNOWN[mix & 255]!;
  if (known.length === length) {
    let i = 0;
    while (i < length && known.charCodeAt(i) === memory[start + i]) i++;
    if (i === length) return known;
  }
  return (KNOWN[mix & 255] = memory.toString('latin1', start, end));
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
      return wholeView(kind, readBytes().buffer);
    }
    case Tag.TYPED_ARRAY_PART:
      return wholeView(bytes[at++]!, parts[part++]!);
    case Tag.EXACT_PART:
      return deserializeExactly(Buffer.from(parts[part++]!));
    case Tag.EXACT:
      return deserializeExactly(Buffer.from(readBytes().buffer));
    default:
      throw new Error(`corrupt message: tag ${tag}`);
  }
}

/** Bytes in memory of their own. */
function readBytes(): Uint8Array<ArrayBuffer> {
  const length = readLength();
  const start = skip(length);
  const own = new Uint8Array(length);
  own.set(bytes.subarray(start, start + length));
  return own;
}

const BYTES_PER_ELEMENT = [1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8] as const;
const wholeView = (kind: number, buffer: ArrayBuffer) =>
  viewOf(kind, buffer, 0, buffer.byteLength / BYTES_PER_ELEMENT[kind]!);
