import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Point } from './language.ts';

declare const ARGUMENTS: unique symbol;

/** A kernel: what happens at one point, not yet compiled for any arguments. */
export interface Kernel<A> {
  /** Name that errors are said with. */
  readonly name: string;
  /** The function as it was written. */
  readonly fn: (point: Point, args: A) => void;
  /** Types of the arguments; no value. */
  readonly [ARGUMENTS]?: (args: A) => void;
}

class Made<A> implements Kernel<A> {
  readonly #site: Error | undefined;
  #name: string | undefined;

  constructor(
    readonly fn: (point: Point, args: A) => void,
    name: string | undefined,
  ) {
    this.#name = name;
    if (name === undefined) {
      const before = Error.stackTraceLimit;
      Error.stackTraceLimit = 2;
      this.#site = new Error();
      Error.captureStackTrace(this.#site, kernel);
      Error.stackTraceLimit = before;
    }
  }

  get name(): string {
    this.#name ??= nameOf(this.fn) ?? nameAt(this.#site?.stack ?? '') ?? 'kernel';
    return this.#name;
  }
}

/**
 * Makes a kernel of a function that says what happens at one point of a grid. The function sees its two parameters, `Math` and what it declares; it
 * is compiled when it first meets arguments, and refused then if it is not in the language of kernels (docs/kernel.md).
 *
 * @param fn `(point, arguments) => { … }`, both taken apart by property names
 * @param options.name name for errors; found in the source of the caller, `const NAME = kernel(…)`, where it is not given
 * @example
 * const update = kernel(({ div }, { C, q, dt }: { C: Scalar; q: Vector; dt: number }) => {
 *   C.here -= dt * div(q);
 * });
 */
export function kernel<A>(
  fn: (point: Point, args: A) => void,
  options: { readonly name?: string } = {},
): Kernel<A> {
  return new Made(fn, options.name);
}

function nameOf(fn: (...args: never[]) => unknown): string | undefined {
  return fn.name === '' || fn.name === 'fn' ? undefined : fn.name;
}

const MOST_LINES = 24;

/** The name of the constant or property that `kernel(…)` is assigned to, read at the place where it was called. */
function nameAt(stack: string): string | undefined {
  const [, file, line, column] = /\(?((?:file:\/\/)?\/[^()]*):(\d+):(\d+)\)?$/m.exec(stack) ?? [];
  if (file === undefined) return undefined;
  try {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    const lines = readFileSync(path, 'utf8').split('\n', Number(line));
    let before = lines.at(-1)!.slice(0, Number(column) - 1);
    // Type annotations may begin some lines above.
    for (let up = 2; up < MOST_LINES; up++) {
      const name = assigned(before);
      if (name !== undefined) return name;
      before = `${lines.at(-up) ?? ''}\n${before}`;
    }
    return undefined;
  } catch {
    return undefined;
  }
}

function assigned(before: string): string | undefined {
  const declared = /(?:const|let|var)\s+([\w$]+)\s*(?::[^]*)?=\s*(?:[\w$]+\.)*$/.exec(before);
  return (declared ?? /([\w$]+)\s*[=:]\s*(?:[\w$]+\.)*$/.exec(before))?.[1];
}
