import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Program } from '../fabric/fabric.ts';

/** What spawn was asked to start, or in words why that cannot be. */
export function programOf(script: string | URL, args: readonly string[], ranks: number): Program | string {
  if (!Number.isInteger(ranks) || ranks < 1) return `${String(ranks)} is no number of ranks`;
  if (!Array.isArray(args) || args.some((arg) => typeof arg !== 'string' || arg.includes('\0')))
    return 'the arguments must be a list of strings';
  const path = script instanceof URL ? fileURLToPath(script) : resolve(script);
  if (!existsSync(path) || !statSync(path).isFile()) return `there is no script ${path}`;
  return { script: path, args, ranks };
}
