import { bytesOf, kindOf, type TypedArray } from '../../fabric/memory.ts';
import { MAGIC, padded, PREFIX_BYTES, type Outgoing } from '../../fabric/message.ts';
import { serializeExactly } from './exact.ts';
import { hasNames } from './names.ts';
import { isDetached } from './refusal.ts';
import { PART_BYTES, SHORT_LENGTH, Tag } from './tags.ts';

/** Objects compared one by one before a Set pays. */
const FEW = 16;
const MAX_DEPTH = 100;
const INT64 = 2n ** 63n;
const BYTES = 64 * 1024;
/** The head's length is an int32. */
const MAX_BYTES = 2 ** 31 - 8;
/** Memory grown beyond this is let go when later values need far less. */
const KEPT_BYTES = 2 ** 20;

/**
 * Encodes values into memory that is used again for the next one. Plain data (JSON's kinds, undefined, bigints, whole typed arrays) is
 * written here; whatever else turns up (maps, dates, class instances, sparse arrays, anything seen twice, …) makes the whole value
 * go the exact way.
 */
class Encoder {
  bytes: Buffer<ArrayBuffer> = Buffer.from(new ArrayBuffer(BYTES));
  words: Int32Array<ArrayBuffer> = new Int32Array(this.bytes.buffer);
  length = 0;
  parts: Uint8Array[] = [];
  #view = new DataView(this.bytes.buffer);
  readonly #few: object[] = [];
  #many: Set<object> | undefined;
  #busy = false;

  encode(value: unknown): Outgoing {
    if (this.#busy) return new Encoder().encode(value); // a getter in a value sends another
    if (this.bytes.length > KEPT_BYTES && this.length < this.bytes.length / 8) this.#resize(BYTES);
    this.#busy = true;
    try {
      this.length = PREFIX_BYTES;
      this.parts = [];
      if (!this.#write(value, 0)) this.#writeExact(value);
      this.#finish();
      return this;
    } finally {
      this.#busy = false;
      this.#few.length = 0;
      this.#many = undefined;
    }
  }

  #finish(): void {
    const { parts } = this;
    const head = padded(this.length) + 8 * parts.length;
    this.#reserve(head - this.length);
    for (let i = 0; i < parts.length; i++) {
      this.#view.setFloat64(head - 8 * (parts.length - i), parts[i]!.byteLength, true);
    }
    this.length = head;
    this.words[0] = MAGIC;
    this.words[1] = head;
    this.words[2] = parts.length;
    this.words[3] = 0;
  }

  /** Room for so many bytes more. */
  #reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    if (needed > MAX_BYTES) throw new RangeError('more than 2 GiB beside its typed arrays');
    const written = this.bytes.subarray(0, this.length);
    this.#resize(Math.min(2 * padded(needed), MAX_BYTES));
    this.bytes.set(written);
  }

  #resize(length: number): void {
    this.bytes = Buffer.from(new ArrayBuffer(length));
    this.words = new Int32Array(this.bytes.buffer);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** False: not plain data. */
  #write(value: unknown, depth: number): boolean {
    this.#reserve(16);
    switch (typeof value) {
      case 'number':
        this.#number(value);
        return true;
      case 'string':
        this.#string(value);
        return true;
      case 'boolean':
        this.bytes[this.length++] = value ? Tag.TRUE : Tag.FALSE;
        return true;
      case 'undefined':
        this.bytes[this.length++] = Tag.UNDEFINED;
        return true;
      case 'bigint':
        if (value < -INT64 || value >= INT64) return false;
        this.bytes[this.length] = Tag.BIGINT;
        this.#view.setBigInt64(this.length + 1, value, true);
        this.length += 9;
        return true;
      case 'object':
        if (value === null) {
          this.bytes[this.length++] = Tag.NULL;
          return true;
        }
        return depth < MAX_DEPTH && this.#isNew(value) && this.#object(value, depth);
      default:
        return false;
    }
  }

  #object(value: object, depth: number): boolean {
    if (Array.isArray(value)) return this.#array(value, depth);
    if (ArrayBuffer.isView(value)) return this.#typedArray(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return false;
    const keys = Object.keys(value);
    this.#tagged(Tag.OBJECT, keys.length);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      this.#reserve(16);
      this.#string(key);
      if (!this.#write((value as Record<string, unknown>)[key], depth + 1)) return false;
    }
    return true;
  }

  #array(value: readonly unknown[], depth: number): boolean {
    if (hasNames(value)) return false;
    const { length } = value;
    this.#tagged(Tag.ARRAY, length);
    for (let i = 0; i < length; i++) {
      const element = value[i];
      if (element === undefined && !(i in value)) return false;
      if (!this.#write(element, depth + 1)) return false;
    }
    return true;
  }

  /** Only arrays that are all of their memory: a view of a part takes the whole with it, as in structured clone. */
  #typedArray(value: ArrayBufferView): boolean {
    const kind = kindOf(value);
    if (kind < 0) return false;
    const { buffer, byteLength } = value;
    const whole = byteLength === buffer.byteLength && this.#isNew(buffer);
    if (!(buffer instanceof SharedArrayBuffer) && !whole) return false;
    if ('resizable' in buffer && buffer.resizable === true) return false;
    if (isDetached(buffer)) return false;
    const array = value as TypedArray;
    this.bytes[this.length + 1] = kind;
    if (byteLength >= PART_BYTES) {
      this.bytes[this.length] = Tag.TYPED_ARRAY_PART;
      this.length += 2;
      this.parts.push(bytesOf(array));
      return true;
    }
    this.bytes[this.length] = Tag.TYPED_ARRAY;
    this.#view.setUint32(this.length + 2, byteLength, true);
    this.length += 6;
    this.#reserve(byteLength);
    this.bytes.set(bytesOf(array), this.length);
    this.length += byteLength;
    return true;
  }

  #number(value: number): void {
    const at = this.length;
    if ((value | 0) === value && !Object.is(value, -0)) {
      if (value >= -128 && value < 128) {
        this.bytes[at] = Tag.SMALL;
        this.bytes[at + 1] = value;
        this.length = at + 2;
      } else {
        this.bytes[at] = Tag.INT32;
        this.#view.setInt32(at + 1, value, true);
        this.length = at + 5;
      }
      return;
    }
    this.bytes[at] = Tag.FLOAT64;
    this.#view.setFloat64(at + 1, value, true);
    this.length = at + 9;
  }

  #string(value: string): void {
    const { length } = value;
    if (length <= SHORT_LENGTH) {
      this.#reserve(length + 2);
      const { bytes } = this;
      const at = this.length + 2;
      let i = 0;
      for (; i < length; i++) {
        const unit = value.charCodeAt(i);
        if (unit > 255) break;
        bytes[at + i] = unit;
      }
      if (i === length) {
        bytes[at - 2] = Tag.SHORT_STRING;
        bytes[at - 1] = length;
        this.length = at + length;
        return;
      }
    }
    const wide = WIDE.test(value);
    this.#tagged(wide ? Tag.UTF16 : Tag.LATIN1, length);
    this.#reserve(wide ? 2 * length : length);
    this.length += this.bytes.write(value, this.length, wide ? 'utf16le' : 'latin1');
  }

  #tagged(tag: number, length: number): void {
    this.bytes[this.length] = tag;
    this.#view.setUint32(this.length + 1, length, true);
    this.length += 5;
  }

  #writeExact(value: unknown): void {
    const encoded = serializeExactly(value);
    this.length = PREFIX_BYTES;
    this.parts = [];
    if (encoded.length >= PART_BYTES) {
      this.bytes[this.length++] = Tag.EXACT_PART;
      this.parts.push(encoded);
      return;
    }
    this.#tagged(Tag.EXACT, encoded.length);
    this.#reserve(encoded.length);
    this.bytes.set(encoded, this.length);
    this.length += encoded.length;
  }

  /** False for an object met before: identity must survive, and cycles end. */
  #isNew(object: object): boolean {
    const few = this.#few;
    if (this.#many !== undefined) {
      const { size } = this.#many;
      return this.#many.add(object).size > size;
    }
    for (let i = 0; i < few.length; i++) if (few[i] === object) return false;
    few.push(object);
    if (few.length > FEW) this.#many = new Set(few);
    return true;
  }
}

const WIDE = /[^\x00-\xff]/;

const encoder = new Encoder();

/** Encodes a value. The result is good until the next call; throws what structured clone throws for what cannot travel. */
export function encode(value: unknown): Outgoing {
  return encoder.encode(value);
}

/** As `encode`, in memory of its own, parts too: later changes of the value do not reach it. */
export function encodeOwned(value: unknown): Outgoing {
  const { bytes, length, parts } = encoder.encode(value);
  const own = new Uint8Array(bytes.buffer.slice(0, length));
  return { bytes: own, words: new Int32Array(own.buffer), length, parts: parts.map((part) => part.slice()) };
}
