import { resolve } from 'node:path';
import { prepare } from './prepare.ts';
import { mapStacks } from './source-maps.ts';

/** Runs a TypeScript file in a thread that a script has started. */
export async function start(file: string): Promise<void> {
  const path = resolve(file);
  mapStacks();
  process.argv[1] = path;
  const { url } = await prepare(path);
  await import(url);
}
