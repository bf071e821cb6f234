import type { Field } from '../field.ts';

/**
 * Collective: what fields have on a GPU is on the host afterwards; without a GPU nothing happens.
 *
 * @throws GridError ERR_DEVICE on all ranks, where one of them has lost its device
 */
export function readBack(operation: string, ...fields: readonly Field[]): void {
  const gpu = fields[0]?.grid.architecture.gpu;
  if (gpu === undefined) return;
  for (const { storage } of fields) storage.download();
  gpu.agree(operation);
  for (const { storage } of fields) if (storage.where === 'device') storage.where = 'both';
}
