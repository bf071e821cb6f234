import { viewOf } from '../../fabric/memory.ts';
import { PREFIX_BYTES, type Incoming } from '../../fabric/message.ts';
import { deserializeExactly } from './exact.ts';
import { Tag } from './tags.ts';

/** Reads messages where they lie; nothing that it returns refers to their memory, except the parts. */
class Decoder {
  #bytes: Buffer = Buffer.alloc(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #parts: readonly ArrayBuffer[] = [];
  #part = 0;

  decode(message: Incoming): unknown {
    const { bytes } = message;
    if (bytes !== this.#bytes) {
      this.#bytes = Buffer.isBuffer(bytes)
        ? bytes
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#at = message.start + PREFIX_BYTES;
    this.#parts = message.parts;
    this.#part = 0;
    return this.#read();
  }

  #read(): unknown {
    const tag = this.#bytes[this.#at++]!;
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
        return this.#view.getInt8(this.#skip(1));
      case Tag.INT32:
        return this.#view.getInt32(this.#skip(4), true);
      case Tag.FLOAT64:
        return this.#view.getFloat64(this.#skip(8), true);
      case Tag.BIGINT:
        return this.#view.getBigInt64(this.#skip(8), true);
      case Tag.SHORT_STRING:
      case Tag.LATIN1:
      case Tag.UTF16:
        return this.#string(tag);
      case Tag.ARRAY:
        return this.#array();
      case Tag.OBJECT:
        return this.#object();
      default:
        return this.#memory(tag);
    }
  }

  #skip(bytes: number): number {
    const at = this.#at;
    this.#at = at + bytes;
    return at;
  }

  #length(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  #string(tag: number): string {
    if (tag === Tag.SHORT_STRING) return this.#short();
    const length = this.#length();
    const encoding = tag === Tag.LATIN1 ? 'latin1' : 'utf16le';
    const bytes = tag === Tag.LATIN1 ? length : 2 * length;
    const at = this.#skip(bytes);
    return this.#bytes.toString(encoding, at, at + bytes);
  }

  /** Short strings, keys above all, come again and again: recognising one by its bytes is quicker than making it. */
  #short(): string {
    const bytes = this.#bytes;
    const length = bytes[this.#at]!;
    const start = this.#at + 1;
    const end = start + length;
    this.#at = end;
    if (length === 0) return '';
    const mix = length * 31 + bytes[start]! * 7 + bytes[end - 1]! * 3 + bytes[start + (length >> 1)]!;
    const known = KNOWN[mix & 255]!;
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
      if (i === length) return known;
    }
    return (KNOWN[mix & 255] = bytes.toString('latin1', start, end));
  }

  #array(): unknown[] {
    const length = this.#length();
    const array: unknown[] = [];
    for (let i = 0; i < length; i++) array.push(this.#read());
    return array;
  }

  #object(): object {
    const count = this.#length();
    const object: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const key = this.#string(this.#bytes[this.#at++]!);
      const value = this.#read();
      if (key === '__proto__') {
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      } else {
        object[key] = value;
      }
    }
    return object;
  }

  #memory(tag: number): unknown {
    switch (tag) {
      case Tag.TYPED_ARRAY: {
        const kind = this.#bytes[this.#at++]!;
        const length = this.#length();
        const at = this.#skip(length);
        const own = new Uint8Array(length);
        own.set(this.#bytes.subarray(at, at + length));
        return wholeView(kind, own.buffer);
      }
      case Tag.TYPED_ARRAY_PART:
        return wholeView(this.#bytes[this.#at++]!, this.#parts[this.#part++]!);
      case Tag.EXACT_PART:
        return deserializeExactly(Buffer.from(this.#parts[this.#part++]!));
      case Tag.EXACT: {
        const length = this.#length();
        const at = this.#skip(length);
        return deserializeExactly(Buffer.from(this.#bytes.subarray(at, at + length)));
      }
      default:
        throw new Error(`corrupt message: tag ${tag}`);
    }
  }
}

/** Short strings met lately, by a hash of a few of their bytes. */
const KNOWN: string[] = new Array<string>(256).fill('');

const BYTES_PER_ELEMENT = [1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8] as const;
const wholeView = (kind: number, buffer: ArrayBuffer) =>
  viewOf(kind, buffer, 0, buffer.byteLength / BYTES_PER_ELEMENT[kind]!);

const decoder = new Decoder();

/** The value in a message. Its type is the sender's word. */
export function decode<T>(message: Incoming): T {
  return decoder.decode(message) as T;
}
