import { existsSync, readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { nearest, show } from '../internal/index.ts';
import { ClusterError } from './error.ts';
import { nearestOption, OPTION_KINDS, type JobOptions } from './job-options.ts';

/** What is always so on one cluster: options of jobs, and the host names by which it is known. */
export type Profile = JobOptions & {
  /** Host names of its login nodes; `*` stands for anything. */
  match?: string;
};

/** Where profiles are kept: the project's own win over the user's. */
export function profileFiles(folder: string = process.cwd()): string[] {
  const config = process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  return [join(config, 'flotilla', 'clusters.json'), join(folder, 'flotilla.clusters.json')];
}

/**
 * The options of a profile: the one that is named, else the one that knows this host; none if there is none.
 *
 * @param name - a key of one of the files
 * @param options - the files, later ones win; and the name of this host
 * @throws {ClusterError} ERR_PROFILE for a name or a key that does not exist, with the nearest one, and for a file that is no JSON
 */
export function profileOptions(
  name: string | undefined,
  {
    files = profileFiles(),
    host = hostname(),
  }: { readonly files?: readonly string[]; readonly host?: string } = {},
): JobOptions {
  const profiles = new Map(files.filter((file) => existsSync(file)).flatMap(read));
  const found =
    name === undefined ? [...profiles.values()].find(({ match }) => fits(match, host)) : profiles.get(name);
  if (found === undefined && name !== undefined) {
    const near = nearest(name, [...profiles.keys()]);
    const hint = near === undefined ? `looked in ${files.join(' and ')}` : `did you mean '${near}'?`;
    throw refused(`there is no profile '${name}': ${hint}`);
  }
  const options = { ...found };
  delete options.match;
  return options;
}

function read(file: string): [name: string, profile: Profile][] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw refused(`${file} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  if (!isObject(content)) throw refused(`${file} must hold an object of profiles, not ${show(content)}`);
  return Object.entries(content).map(([name, profile]) => {
    if (!isObject(profile)) throw refused(`${file}: ${name} must be an object, not ${show(profile)}`);
    for (const key of Object.keys(profile)) {
      if (key === 'match' || key in OPTION_KINDS) continue;
      const near = nearestOption(key, ['match']);
      throw refused(
        `${file}: ${name} has no '${key}'${near === undefined ? '' : `: did you mean '${near}'?`}`,
      );
    }
    return [name, profile];
  });
}

function isObject(value: unknown): value is Record<string, never> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fits(match: unknown, host: string): boolean {
  if (typeof match !== 'string') return false;
  const pattern = match.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${pattern}$`).test(host);
}

function refused(message: string, cause?: unknown): ClusterError {
  return new ClusterError('ERR_PROFILE', message, { operation: 'profile', cause });
}
