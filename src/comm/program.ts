import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Program } from '../fabric/fabric.ts';

/** How spawned ranks are started (the reserved info keys of MPI 4.1 §11.8.4, as far as they make sense for scripts). */
export interface SpawnOptions {
  /** Variables that differ from the environment of the root, which the new ranks have otherwise; undefined: not there. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Their working folder; that of the root if not given. Threads have that of their process. */
  readonly cwd?: string | URL;
  /** Names of hosts that they may run on. Threads are on their own host. */
  readonly hosts?: readonly string[];
}

/** What spawn was asked to start, or in words why that cannot be. */
export function programOf(
  script: string | URL,
  args: readonly string[],
  ranks: number,
  options: SpawnOptions,
): Program | string {
  if (!Number.isInteger(ranks) || ranks < 1) return `${String(ranks)} is no number of ranks`;
  if (!Array.isArray(args) || args.some((arg) => !isText(arg)))
    return 'the arguments must be a list of strings';
  const path = pathOf(script);
  if (!existsSync(path) || !statSync(path).isFile()) return `there is no script ${path}`;
  const { env = {}, cwd, hosts } = options;
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || name.includes('=') || !isText(name)) return `'${name}' is no name of a variable`;
    if (value !== undefined && !isText(value)) return `the variable ${name} must be a string`;
  }
  const folder = cwd === undefined ? undefined : pathOf(cwd);
  if (folder !== undefined && !(existsSync(folder) && statSync(folder).isDirectory()))
    return `there is no folder ${folder}`;
  const bad = hosts?.find((host) => typeof host !== 'string' || !/^[\w.:-]+$/.test(host));
  if (bad !== undefined || hosts?.length === 0) return `${bad ?? '[]'} is no host`;
  return {
    script: path,
    args,
    ranks,
    env: defined(process.env),
    changes: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? null])),
    cwd: folder,
    hosts,
  };
}

const isText = (value: unknown) => typeof value === 'string' && !value.includes('\0');
const pathOf = (path: string | URL) => (path instanceof URL ? fileURLToPath(path) : resolve(path));

function defined(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
