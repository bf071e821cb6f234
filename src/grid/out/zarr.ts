import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ElementType } from '../../kernel/index.ts';
import { GridError } from '../error.ts';

/** Description of an array, as in `zarr.json` (Zarr v3 core protocol, §Array metadata): one chunk, or one a step, of plain numbers. */
export interface ArrayMetadata {
  readonly zarr_format: 3;
  readonly node_type: 'array';
  readonly shape: readonly number[];
  readonly data_type: 'float64' | 'float32';
  readonly chunk_grid: {
    readonly name: 'regular';
    readonly configuration: { readonly chunk_shape: readonly number[] };
  };
  readonly chunk_key_encoding: {
    readonly name: 'default';
    readonly configuration: { readonly separator: '/' };
  };
  readonly fill_value: 'NaN';
  readonly codecs: readonly [
    { readonly name: 'bytes'; readonly configuration: { readonly endian: 'little' } },
  ];
  readonly dimension_names: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** An array whose chunks are not compressed, so that all ranks can write their parts of them. */
export function arrayMetadata(
  shape: readonly number[],
  chunk: readonly number[],
  type: ElementType,
  names: readonly string[],
  attributes: Readonly<Record<string, unknown>> = {},
): ArrayMetadata {
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: type === 'f64' ? 'float64' : 'float32',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunk } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 'NaN',
    codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
    dimension_names: names,
    attributes,
  };
}

export const METADATA = 'zarr.json';

/** Writes a file so that readers see the old one or the new one, nothing between. */
export function replaceFile(path: string, data: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  writeFileSync(partial, data);
  renameSync(partial, path);
}

export function writeArray(folder: string, metadata: ArrayMetadata): void {
  replaceFile(join(folder, METADATA), `${JSON.stringify(metadata, undefined, 2)}\n`);
}

export function writeGroup(folder: string, attributes: Readonly<Record<string, unknown>>): void {
  replaceFile(
    join(folder, METADATA),
    `${JSON.stringify({ zarr_format: 3, node_type: 'group', attributes }, undefined, 2)}\n`,
  );
}

/** A whole one-dimensional array of doubles, in one chunk. */
export function writeLine(folder: string, name: string, values: Float64Array): void {
  replaceFile(join(folder, 'c', '0'), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  writeArray(folder, arrayMetadata([values.length], [Math.max(1, values.length)], 'f64', [name]));
}

/**
 * @throws GridError ERR_FILE for what is no metadata of an array
 */
export function readArray(folder: string): ArrayMetadata {
  const path = join(folder, METADATA);
  const parsed = JSON.parse(readFileSync(path, 'utf8')) as Partial<ArrayMetadata>;
  if (parsed.node_type === 'array' && Array.isArray(parsed.shape)) return parsed as ArrayMetadata;
  throw new GridError('ERR_FILE', `${path} describes no array`);
}
