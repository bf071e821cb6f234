import { execFileSync } from 'node:child_process';

const LONGEST_MS = 20_000;

/** What a command prints, on either stream and whatever its exit code; '' if it cannot be run. */
export function ask(command: string, ...args: string[]): string {
  try {
    return execFileSync('sh', ['-c', 'exec "$0" "$@" 2>&1', command, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: LONGEST_MS,
    });
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    return stdout ?? '';
  }
}
