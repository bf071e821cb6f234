import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { ExperimentError } from '../conduit/index.ts';
import type { Experiment, Standing } from './experiment.ts';
import { decodeJson, encodeJson, noteRecord, type Lock } from '../internal/index.ts';
import { takeLock } from './lock.ts';

/** Version of the record: a folder of another is refused. */
export const FORMAT = 3;

/** A line of samples.jsonl. Times are milliseconds since 1970. */
export interface SampleLine {
  readonly id: number;
  readonly generation: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly value: number;
  readonly gradient?: readonly number[];
  readonly output?: unknown;
  /** Why it counts as the worst there is. */
  readonly rejected?: string;
  readonly team: number;
  readonly began: number;
  readonly ended: number;
}

interface Checkpoint extends Omit<Standing, 'trail'> {
  readonly generation: number;
  /** Entries of trail.jsonl that belong to it. */
  readonly length: number;
}

/**
 * The record of one experiment, in DIR/NAME: config.json, samples.jsonl, generations.jsonl, trail.jsonl,
 * checkpoint.json, result.json, and lock while a process writes it. Lines are
 * appended whole; files that change are written beside and renamed. Whenever the process ends, what is there can be read.
 */
export class Folder {
  readonly #path: string;
  readonly #fingerprint: string;
  readonly #samples: number;
  readonly #generations: number;
  readonly #trail: number;
  readonly #lock: Lock;

  constructor(path: string, fingerprint: string, lock: Lock) {
    this.#lock = lock;
    this.#path = path;
    this.#fingerprint = fingerprint;
    this.#samples = openSync(join(path, 'samples.jsonl'), 'a');
    this.#generations = openSync(join(path, 'generations.jsonl'), 'a');
    this.#trail = openSync(join(path, 'trail.jsonl'), 'a');
    noteRecord('opened');
  }

  sample(line: SampleLine): void {
    writeSync(this.#samples, `${encodeJson(line)}\n`);
  }

  generation(line: Readonly<Record<string, unknown>>): void {
    writeSync(this.#generations, `${encodeJson(line)}\n`);
  }

  trail(entries: readonly unknown[]): void {
    if (entries.length > 0) writeSync(this.#trail, linesOf(entries));
  }

  checkpoint(checkpoint: Checkpoint): void {
    const text = encodeJson({ format: FORMAT, fingerprint: this.#fingerprint, ...checkpoint });
    replace(join(this.#path, 'checkpoint.json'), `${text}\n`);
    noteRecord('kept');
  }

  result(result: unknown): void {
    replace(join(this.#path, 'result.json'), `${encodeJson(result)}\n`);
  }

  close(): void {
    closeSync(this.#samples);
    closeSync(this.#generations);
    closeSync(this.#trail);
    this.#lock.release();
  }
}

/** The old content or the new one, never half of it. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/**
 * Opens the record of an experiment. With `resume` the experiment is put where its record stands. Throws ERR_CHECKPOINT when the
 * folder is in use, damaged, or of another experiment or version.
 */
export function openFolder(
  dir: string,
  experiment: Experiment<unknown>,
  conduit: Readonly<Record<string, unknown>>,
  resume: boolean,
): Folder {
  const path = join(dir, experiment.name);
  const { description, standing } = experiment;
  const fingerprint = createHash('sha256').update(encodeJson(description)).digest('hex').slice(0, 16);
  const used = existsSync(join(path, 'config.json'));
  // An experiment that goes on in this process has its standing in memory, and the record is its own.
  const own = standing !== undefined || experiment.known.size > 0;
  if (used && !resume && !own)
    throw refused(
      path,
      'holds the record of a run already: set resume: true to go on with it, or use another folder',
    );
  mkdirSync(path, { recursive: true });
  const lock = takeLock(path);
  try {
    if (used) {
      const config = readJson(path, 'config.json');
      check(path, config, fingerprint, description);
      if (!own) restore(path, experiment, fingerprint, description);
    } else {
      const config = { format: FORMAT, fingerprint, description, conduit, node: process.version };
      replace(join(path, 'config.json'), `${encodeJson(config)}\n`);
    }
    // Its own record may end before where it stands: what a limit has cut is not recorded as a generation.
    if (own) replace(join(path, 'trail.jsonl'), linesOf(standing?.trail ?? []));
    return new Folder(path, fingerprint, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function restore(
  path: string,
  experiment: Experiment<unknown>,
  fingerprint: string,
  description: Readonly<Record<string, unknown>>,
): void {
  let generation = 0;
  if (existsSync(join(path, 'checkpoint.json'))) {
    const checkpoint = readJson(path, 'checkpoint.json');
    check(path, checkpoint, fingerprint, description);
    if (!isCheckpoint(checkpoint)) throw refused(path, 'has a checkpoint.json that lacks what is needed');
    generation = checkpoint.generation;
    const { nextId, evaluations, rejected, best, state, length } = checkpoint;
    const trail = readLines<unknown>(path, 'trail.jsonl').slice(0, length);
    if (trail.length < length)
      throw refused(path, `has a trail.jsonl of ${trail.length} lines where its checkpoint needs ${length}`);
    experiment.standing = { nextId, evaluations, rejected, best, state, trail };
  }
  const first = experiment.standing?.nextId ?? 0;
  const { sign } = experiment.plan;
  for (const line of readLines<SampleLine>(path, 'samples.jsonl')) {
    const { id, value, gradient, rejected } = line;
    if (id < first) continue;
    const output = 'output' in line && { output: line.output };
    const known = { value: sign * value, ...(gradient && { gradient }), ...output };
    experiment.recorded.set(id, { value: known, rejected: rejected !== undefined });
  }
  // Generations after the checkpoint will be done, and recorded, again.
  const kept = readLines<{ generation: number }>(path, 'generations.jsonl').filter(
    (line) => line.generation <= generation,
  );
  replace(join(path, 'generations.jsonl'), linesOf(kept));
  replace(join(path, 'trail.jsonl'), linesOf(experiment.standing?.trail ?? []));
}

const linesOf = (entries: readonly unknown[]) => entries.map((entry) => `${encodeJson(entry)}\n`).join('');

const isCheckpoint = (value: object): value is Checkpoint =>
  'nextId' in value &&
  'evaluations' in value &&
  'state' in value &&
  'generation' in value &&
  'length' in value;

function check(
  path: string,
  found: object,
  fingerprint: string,
  description: Readonly<Record<string, unknown>>,
): void {
  const { format, fingerprint: theirs } = found as { format?: unknown; fingerprint?: unknown };
  if (format !== FORMAT)
    throw refused(path, `is of format ${String(format)}; this version reads and writes format ${FORMAT}`);
  if (theirs === fingerprint) return;
  const other =
    (readJson(path, 'config.json') as { description?: Record<string, unknown> }).description ?? {};
  const differs = [...new Set([...Object.keys(other), ...Object.keys(description)])].filter(
    (key) => encodeJson(other[key] ?? null) !== encodeJson(description[key] ?? null),
  );
  throw refused(path, `is of another experiment: they differ in ${differs.join(', ') || 'the checkpoint'}`);
}

function readJson(path: string, name: string): object {
  let value: unknown;
  try {
    value = decodeJson(readFileSync(join(path, name), 'utf8'));
  } catch (cause) {
    throw refused(path, `has a ${name} that cannot be read: ${String(cause)}`, cause);
  }
  if (typeof value === 'object' && value !== null) return value;
  throw refused(path, `has a ${name} that is no object`);
}

/** All whole lines. A last one without its end was being written when the process ended: it is cut off. */
function readLines<T>(path: string, name: string): T[] {
  const file = join(path, name);
  if (!existsSync(file)) return [];
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(10) + 1;
  if (end < bytes.length) truncateSync(file, end);
  return bytes
    .subarray(0, end)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line, i) => {
      try {
        return decodeJson(line) as T;
      } catch (cause) {
        throw refused(path, `has a damaged ${name}, line ${i + 1}: ${String(cause)}`, cause);
      }
    });
}

const refused = (path: string, reason: string, cause?: unknown) =>
  new ExperimentError('ERR_CHECKPOINT', `${path} ${reason}`, { cause });
