import { closeSync, openSync } from 'node:fs';

/** What a program has done to a record that outlives it: opened one, or left something new in it. */
export type RecordNote = 'opened' | 'kept';

/* A second copy of this package in the same process notes the same things once. */
const KEY = Symbol.for('flotilla.recordNotes');
const shared = globalThis as { [KEY]?: Set<RecordNote> | undefined };

/**
 * Notes for `flotilla run` that this attempt of a job keeps a record, and that it has left something in it: files beside FLOTILLA_STOP, made
 * once. Without `flotilla run` in a job nobody is told.
 */
export function noteRecord(note: RecordNote): void {
  const { FLOTILLA_STOP: path } = process.env;
  const noted = (shared[KEY] ??= new Set<RecordNote>());
  if (path === undefined || noted.has(note)) return;
  noted.add(note);
  try {
    closeSync(openSync(`${path}.${note}`, 'a'));
  } catch {
    // A folder that this host does not see: the attempt counts as one that keeps no record.
  }
}
