import { Deserializer, Serializer } from 'node:v8';
import { kindOf, viewOf, type TypedArray } from '../../fabric/memory.ts';
import { findPlatform } from './platform.ts';
import { walk } from './walk.ts';

/*
 * Structured clone by V8's own serializer, as structuredClone and postMessage use it: a view keeps its offset and shares its memory with
 * other views of it. (Node's DefaultSerializer writes each view for itself.) V8 refuses shared memory, which has no copy; where
 * there is some, views are written one by one after all, and arrive in memory of their own.
 */

interface Hooks {
  _setTreatArrayBufferViewsAsHostObjects(treat: boolean): void;
}

/** A kind beside those of typed arrays. */
const DATA_VIEW = 255;

class ExactSerializer extends Serializer {
  /** Called for views that are written one by one, and for what only this process knows, such as a socket. */
  _writeHostObject(object: object): void {
    const kind = object instanceof DataView ? DATA_VIEW : kindOf(object);
    if (kind < 0) throw new TypeError(`a ${object.constructor.name} could not be cloned`);
    const view = object as TypedArray | DataView;
    this.writeUint32(kind);
    this.writeUint32(view.byteLength);
    this.writeRawBytes(view);
  }
}

class ExactDeserializer extends Deserializer {
  _readHostObject(): TypedArray | DataView {
    const kind = this.readUint32();
    const { buffer } = new Uint8Array(this.readRawBytes(this.readUint32()));
    return kind === DATA_VIEW ? new DataView(buffer) : viewOf(kind, buffer);
  }
}

/** Throws what V8 throws for what structured clone refuses. */
export function serializeExactly(value: unknown): Buffer {
  const kind = findPlatform(value);
  if (kind !== undefined) throw new TypeError(`a ${kind} could not be cloned`);
  try {
    return write(value, false);
  } catch (error) {
    if (!holdsSharedMemory(value)) throw error;
    return write(value, true);
  }
}

/** Nothing in the value refers to `bytes`. */
export function deserializeExactly(bytes: Uint8Array): unknown {
  const deserializer = new ExactDeserializer(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}

function write(value: unknown, viewByView: boolean): Buffer {
  const serializer = new ExactSerializer();
  (serializer as unknown as Hooks)._setTreatArrayBufferViewsAsHostObjects(viewByView);
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

function holdsSharedMemory(value: unknown): boolean {
  for (const { thing } of walk(value)) {
    if (ArrayBuffer.isView(thing) && thing.buffer instanceof SharedArrayBuffer) return true;
  }
  return false;
}
