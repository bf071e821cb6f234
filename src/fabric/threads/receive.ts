import { bytesOf, type TypedArray } from '../memory.ts';
import { arrivalMemory } from '../arrivals.ts';
import { allocateBytes, partLengths } from '../message.ts';
import { Type } from './frame.ts';
import type { Group } from './group.ts';
import { ThreadOperation } from './operation.ts';
import { copyBytes } from '../copy.ts';
import { Segments } from './segments.ts';

/** A posted receive, and where the matched message goes. */
export abstract class Receive extends ThreadOperation {
  /** Bytes of the message that are still to come. */
  #left = 0;

  constructor(context: number, group: Group, peer: number, tag: number, operation: string) {
    super('from', context, group, peer, tag, operation);
  }

  /** Notes what was matched. False when it cannot be taken: then `error` is set and the payload is not wanted. */
  match(source: number, tag: number, bytes: number, type: number, extra: number): boolean {
    const { envelope } = this;
    envelope.source = this.group.rankOf[source]!;
    envelope.tag = tag;
    envelope.bytes = bytes;
    this.#left = bytes;
    return this.prepare(bytes, (type & Type.VALUE) !== 0, extra);
  }

  protected abstract prepare(bytes: number, value: boolean, extra: number): boolean;
  protected abstract write(from: Uint8Array, start: number, length: number): void;
  protected abstract complete(): void;

  /** Takes the next bytes of the payload. */
  take(from: Uint8Array, start: number, length: number): void {
    this.write(from, start, length);
    this.#left -= length;
    if (this.#left > 0) return;
    this.complete();
    this.finish();
  }
}

/** A receive into memory. */
export class MemoryReceive extends Receive {
  readonly #array: TypedArray;
  #bytes: Uint8Array | undefined;
  #at = 0;

  constructor(
    array: TypedArray,
    context: number,
    group: Group,
    peer: number,
    tag: number,
    operation: string,
  ) {
    super(context, group, peer, tag, operation);
    this.#array = array;
  }

  protected override prepare(bytes: number, value: boolean): boolean {
    const { source, tag } = this.envelope;
    if (value) {
      this.fail('ERR_TYPE', `the message from rank ${source}, tag ${tag} is a value: receive it with recv`);
    } else if (bytes > this.#array.byteLength) {
      this.fail('ERR_TRUNCATE', truncated(source, tag, bytes, this.#array.byteLength));
    } else {
      return true;
    }
    return false;
  }

  protected override write(from: Uint8Array, start: number, length: number): void {
    this.#bytes ??= bytesOf(this.#array);
    copyBytes(this.#bytes, this.#at, from, start, length);
    this.#at += length;
  }

  protected override complete(): void {
    this.#bytes = undefined;
  }
}

/** A receive of a value: the head into memory of its own, then each part. */
export class ValueReceive extends Receive {
  #head = new Uint8Array(0);
  #headLeft = 0;
  #segments = new Segments([]);
  #parts: ArrayBuffer[] = [];

  protected override prepare(_bytes: number, value: boolean, extra: number): boolean {
    if (!value) {
      const { source, tag } = this.envelope;
      this.fail('ERR_TYPE', `the message from rank ${source}, tag ${tag} is memory: receive it with Recv`);
      return false;
    }
    this.#head = allocateBytes(extra);
    this.#headLeft = extra;
    this.#segments = new Segments([this.#head]);
    return true;
  }

  protected override write(from: Uint8Array, start: number, length: number): void {
    const ofHead = Math.min(length, this.#headLeft);
    this.#segments.write(from, start, ofHead);
    this.#headLeft -= ofHead;
    if (ofHead > 0 && this.#headLeft === 0) {
      this.#parts = partLengths(this.#head, 0, this.#head.length).map((bytes) => arrivalMemory(bytes).buffer);
      this.#segments = new Segments(this.#parts.map((part) => new Uint8Array(part)));
    }
    if (length > ofHead) this.#segments.write(from, start + ofHead, length - ofHead);
  }

  protected override complete(): void {
    this.incoming = { bytes: this.#head, start: 0, length: this.#head.length, parts: this.#parts };
  }
}

export const truncated = (source: number, tag: number, bytes: number, room: number): string =>
  `the message from rank ${source}, tag ${tag} has ${bytes} bytes, the array to receive it ${room}`;
