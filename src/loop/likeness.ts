import type { Source } from './source.ts';

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
/** Characters at each end of a text, and elements at each end of an array, that are looked at. */
const ENDS = 16;

/**
 * A number by which two ranks tell that the items of a range are not the same: made of its first and its last one. Equal items have equal numbers;
 * of objects only the kind counts, since those of two ranks may well differ in what they hold.
 */
export function likeness(source: Source<unknown>, start: number, end: number): number {
  const first = numberOf(source.at(start), true);
  return end - start === 1 ? first : mix(first, numberOf(source.at(end - 1), true));
}

/** That of all items of a list whose length is known, and not 0; else 0. */
export function likenessOfAll(source: Source<unknown>): number {
  return source.length === undefined || source.length === 0 ? 0 : likeness(source, 0, source.length);
}

function numberOf(item: unknown, deep: boolean): number {
  switch (typeof item) {
    case 'number':
      return ofNumber(item);
    case 'string':
      return ofText(item);
    case 'boolean':
      return item ? 1 : 2;
    case 'bigint':
      return ofNumber(Number(BigInt.asIntN(32, item)));
    case 'object':
      if (item === null) return 3;
      if (Array.isArray(item)) return deep ? ofElements(item) : 4;
      if (ArrayBuffer.isView(item))
        return deep && 'length' in item ? ofElements(item as unknown as unknown[]) : 5;
      return 6;
    case 'function':
      return 7;
    case 'symbol':
      return 8;
    default:
      return 9;
  }
}

function ofNumber(value: number): number {
  float[0] = value + 0; // of both zeros one
  return Number.isNaN(value) ? 10 : mix(words[0]!, words[1]!);
}

function ofText(text: string): number {
  let number = text.length;
  const step = (i: number) => (number = mix(number, text.charCodeAt(i)));
  atEnds(text.length, step);
  return number;
}

function ofElements(elements: readonly unknown[]): number {
  let number = mix(elements.length, 11);
  const step = (i: number) => (number = mix(number, numberOf(elements[i], false)));
  atEnds(elements.length, step);
  return number;
}

function atEnds(length: number, step: (i: number) => void): void {
  for (let i = 0; i < Math.min(ENDS, length); i++) step(i);
  for (let i = Math.max(ENDS, length - ENDS); i < length; i++) step(i);
}

/** One round of MurmurHash3 (Appleby 2011): 32 bits of two times 32. */
function mix(a: number, b: number): number {
  let k = Math.imul(b, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = a ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) >>> 0;
}
