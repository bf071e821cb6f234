import { Deserializer, Serializer } from 'node:v8';
import { bytesOf, kindOf, viewOf, type TypedArray } from '../../fabric/memory.ts';

/*
 * Structured clone by V8's own serializer, as structuredClone and postMessage use it: a view keeps its offset and shares its memory with
 * other views of it. (Node's DefaultSerializer writes each view for itself.) V8 refuses shared memory, which has no copy; where
 * there is some, views are written one by one after all, and arrive in memory of their own.
 */

interface Hooks {
  _setTreatArrayBufferViewsAsHostObjects(treat: boolean): void;
}

class ByView extends Serializer {
  _writeHostObject(view: object): void {
    const kind = kindOf(view);
    if (kind < 0) throw new TypeError('a DataView of shared memory could not be cloned');
    const bytes = bytesOf(view as TypedArray);
    this.writeUint32(kind);
    this.writeUint32((view as TypedArray).length);
    this.writeRawBytes(bytes.slice());
  }
}

class ByViewReader extends Deserializer {
  _readHostObject(): TypedArray {
    const kind = this.readUint32();
    const length = this.readUint32();
    const bytes = length * viewOf(kind, new ArrayBuffer(0), 0, 0).BYTES_PER_ELEMENT;
    return viewOf(kind, Uint8Array.from(this.readRawBytes(bytes)).buffer, 0, length);
  }
}

const EXACT = 0;
const BY_VIEW = 1;

/** Throws a DataCloneError for what structured clone refuses. */
export function serializeExactly(value: unknown): Buffer {
  try {
    return write(new Serializer(), value, EXACT);
  } catch (error) {
    if (!holdsSharedMemory(value, new Set())) throw error;
    return write(new ByView(), value, BY_VIEW);
  }
}

/** `bytes` must be ordinary memory. */
export function deserializeExactly(bytes: Buffer): unknown {
  const encoded = bytes.subarray(1);
  const deserializer = bytes[0] === EXACT ? new Deserializer(encoded) : new ByViewReader(encoded);
  deserializer.readHeader();
  return deserializer.readValue();
}

function write(serializer: Serializer, value: unknown, way: number): Buffer {
  (serializer as unknown as Hooks)._setTreatArrayBufferViewsAsHostObjects(way === BY_VIEW);
  serializer.writeHeader();
  serializer.writeValue(value);
  return Buffer.concat([Buffer.of(way), serializer.releaseBuffer()]);
}

function holdsSharedMemory(value: unknown, seen: Set<object>): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return false;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return value.buffer instanceof SharedArrayBuffer;
  const inside: unknown[] = Object.values(value);
  if (value instanceof Map || value instanceof Set) {
    value.forEach((child: unknown, key: unknown) => inside.push(child, key));
  }
  return inside.some((child) => holdsSharedMemory(child, seen));
}
