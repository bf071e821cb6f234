import { constants, openSync } from 'node:fs';
import { Kind, recordsOf } from './records.ts';
import { writeAll, type Sink } from './sink.ts';

/** A rank's end of the pipe to its launcher. */
export interface LauncherPipe {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Tells with which code the job ends. */
  readonly code: (code: number) => void;
}

/** Opens it; undefined where the launcher does not read, as on another host. */
export function openLauncherPipe(path: string): LauncherPipe | undefined {
  let fd: number;
  try {
    // Not to wait for a reader: without one this fails.
    fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  const send = (kind: number, bytes: Uint8Array) => {
    for (const record of recordsOf(kind, bytes)) writeAll(fd, record);
  };
  return {
    stdout: { write: (bytes) => send(Kind.STDOUT, bytes) },
    stderr: { write: (bytes) => send(Kind.STDERR, bytes) },
    code: (code) => send(Kind.CODE, Uint8Array.of(code)),
  };
}
