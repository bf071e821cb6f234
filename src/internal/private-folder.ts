import { mkdirSync, statSync, type Stats } from 'node:fs';

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes a folder for its owner alone, where it is missing. Returns why code in it must not be loaded into this process, when somebody
 * else owns it or can write it; undefined when all is well. `file` is one that is about to be loaded, if it is there.
 */
export function privateFolder(folder: string, file?: string): string | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const path of file === undefined ? [folder] : [folder, file]) {
    const stats = statSync(path, { throwIfNoEntry: false });
    const reason = stats && distrust(stats);
    if (reason !== undefined) return `${path} ${reason}`;
  }
  return undefined;
}

function distrust({ uid, mode }: Stats): string | undefined {
  const user = process.getuid?.();
  if (user === undefined) return undefined; // a system without owners
  if (uid !== user && uid !== 0) return `belongs to user ${uid}, not to you (user ${user})`;
  if ((mode & WRITABLE_BY_OTHERS) !== 0)
    return `can be written by others (mode ${(mode & 0o777).toString(8)}): chmod go-w it`;
  return undefined;
}
