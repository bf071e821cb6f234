import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GridError } from '../error.ts';
import type { Field } from '../field.ts';
import { notInItem } from '../inside.ts';
import { shareVertices } from '../whole/gather.ts';
import { wholeSize } from '../whole/owned.ts';
import { readChunk, writeChunk } from './chunk.ts';
import { dimensionNames, fieldsByName, type NamedFields } from './named.ts';
import { onRoot } from './together.ts';
import { arrayMetadata, readArray, writeArray, writeGroup } from './zarr.ts';

const STATE = 'state.json';
const PARTIAL = '.partial';

/** Numbers of the complete checkpoints in a folder, the newest last. */
function complete(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

const chunkOf = (folder: string, name: string, { grid }: Field) =>
  join(folder, name, 'c', ...Array<string>(grid.dims).fill('0'));

/**
 * Collective: writes fields and state to a folder, from where `restore` takes them at any number of ranks. One rename makes it complete; until then, and
 * where anything fails, the one before stays.
 *
 * @param state anything that JSON keeps, of rank 0: step, time
 * @throws GridError ERR_FILE on all ranks
 * @example
 * checkpoint('run/checkpoint', { C, V }, { step });
 */
export function checkpoint(folder: string, named: NamedFields, state: unknown = null): void {
  notInItem('checkpoint');
  const { grid, fields } = fieldsByName('checkpoint', named);
  const { comm } = grid.topology;
  const number = onRoot(comm, 'checkpoint', () => (complete(folder).at(-1) ?? 0) + 1);
  const partial = join(folder, `${number}${PARTIAL}`);
  onRoot(comm, 'checkpoint', () => {
    rmSync(partial, { recursive: true, force: true });
    for (const [name, field] of fields) {
      const size = wholeSize(field).reverse();
      mkdirSync(join(chunkOf(partial, name, field), '..'), { recursive: true });
      const attributes = { place: field.place };
      writeArray(
        join(partial, name),
        arrayMetadata(size, size, grid.type, dimensionNames(field), attributes),
      );
    }
    writeGroup(partial, { fields: [...fields.keys()] });
    writeFileSync(join(partial, STATE), `${JSON.stringify(state)}\n`);
    return undefined;
  });
  for (const [name, field] of fields) writeChunk(field, chunkOf(partial, name, field), 'checkpoint');
  onRoot(comm, 'checkpoint', () => {
    renameSync(partial, join(folder, String(number)));
    for (const old of complete(folder))
      if (old < number) rmSync(join(folder, String(old)), { recursive: true });
    return undefined;
  });
}

/**
 * Collective: gives fields the values of the newest checkpoint in a folder, whatever the number of ranks that wrote it. What is computed from there has the
 * bits of a run that was not interrupted.
 *
 * @returns the state, on all ranks; undefined where there is no checkpoint
 * @throws GridError ERR_FILE on all ranks, for a checkpoint of other fields
 * @example
 * const { step } = restore<{ step: number }>('run/checkpoint', { C, V }) ?? { step: 0 };
 */
export function restore<S>(folder: string, named: NamedFields): S | undefined {
  notInItem('restore');
  const { grid, fields } = fieldsByName('restore', named);
  const { comm } = grid.topology;
  const found = onRoot(comm, 'restore', () => {
    const number = complete(folder).at(-1);
    if (number === undefined) return null;
    const path = join(folder, String(number));
    for (const [name, field] of fields) checkSame(path, name, field);
    return { path, state: JSON.parse(readFileSync(join(path, STATE), 'utf8')) as S };
  });
  if (found === null) return undefined;
  for (const [name, field] of fields) {
    readChunk(field, chunkOf(found.path, name, field), 'restore');
    shareVertices(field);
    field.touch();
  }
  return found.state;
}

function checkSame(path: string, name: string, field: Field): void {
  const folder = join(path, name);
  if (!existsSync(folder))
    throw new GridError('ERR_FILE', `restore: ${path} has no field ${name}`, { operation: 'restore' });
  const { shape, data_type: type, attributes } = readArray(folder);
  const size = wholeSize(field).reverse();
  const wanted = field.grid.type === 'f64' ? 'float64' : 'float32';
  const theirs = `${shape.join(' × ')} elements of ${type} at (${String(attributes.place)})`;
  const ours = `${size.join(' × ')} elements of ${wanted} at (${field.place})`;
  if (theirs === ours) return;
  throw new GridError('ERR_FILE', `restore: ${folder} has ${theirs}, the field ${ours}`, {
    operation: 'restore',
  });
}
