import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { FlotillaError } from './error.ts';
import { withLock } from './lock.ts';
import { privateFolder } from './private-folder.ts';

/** A C file and how to make a Node-API addon of it. */
export interface NativeBuild {
  /** First part of the file's name: `'mpi-openmpi'`. */
  readonly name: string;
  /** Path of the C file, or its text. */
  readonly source: string | { readonly code: string };
  /** The compiler's name or path; undefined where none was found, which matters only when none was built before. */
  readonly compiler: string | undefined;
  /** Flags before the source, after `-O2 -fPIC -shared` and the path of `node_api.h`. */
  readonly flags?: readonly string[];
  /** Flags after the source, such as libraries. */
  readonly libraries?: readonly string[];
  /**
   * Whatever else the result depends on: version of a library, features of the processor. The source, compiler,
   * flags, architecture and Node-API version count anyway.
   */
  readonly key?: readonly string[];
  /** Where XDG_CACHE_HOME is looked up; default: this process's variables. */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * A folder, of a job say, in which the file is to be. There it is known by `name`, `key` and the kind of machine
   * alone: one that was put there on another host, or by another version of this package, counts.
   */
  readonly folder?: string | undefined;
}

/**
 * ERR_COMPILER: there is no compiler, or it has refused the source; `said` has its words.
 * ERR_CACHE: the folder of built files cannot be used.
 */
export type NativeBuildErrorCode = 'ERR_COMPILER' | 'ERR_CACHE';

/** A native file that could not be built. */
export class NativeBuildError extends FlotillaError<NativeBuildErrorCode> {
  override readonly name = 'NativeBuildError';

  constructor(
    code: NativeBuildErrorCode,
    message: string,
    /** What the compiler, or the system, has said. */
    readonly said: string,
    cause?: unknown,
  ) {
    super(code, message, { operation: 'buildNative', cause });
  }
}

/**
 * The path of a built addon, compiled if this is the first time. Files are kept in
 * `$XDG_CACHE_HOME/flotilla` (`~/.cache/flotilla`), which belongs to the user alone, under a key of
 * all they depend on. Processes that need the same one at the same time compile it once.
 *
 * @throws NativeBuildError ERR_COMPILER, ERR_CACHE
 *
 * @example
 * ```ts
 * const file = buildNative({ name: 'fft', source: '/path/fft.c', compiler: 'cc', libraries: ['-lfftw3'] });
 * process.dlopen(module, file);
 * ```
 */
export function buildNative(build: NativeBuild): string {
  if (build.folder !== undefined) return buildInto(build.folder, build);
  const file = cachedFile(build);
  refuseShared(dirname(file), file);
  return existsSync(file) ? file : compileOnce(build, file);
}

/** From the cache if it is there; the cache need not be writable. */
function buildInto(folder: string, build: NativeBuild): string {
  const { name, key = [] } = build;
  const kind = [name, ...key, process.platform, process.arch, process.versions.modules].join('-');
  const file = join(folder, `${kind.replaceAll(/[^\w.-]/g, '_')}.node`);
  refuseShared(folder, file, 'Use another folder for the job');
  if (existsSync(file)) return file;
  const cached = cachedFile(build);
  if (!existsSync(cached)) return compileOnce(build, file);
  refuseShared(dirname(cached), cached);
  const temporary = `${file}.${process.pid}`;
  copyFileSync(cached, temporary);
  renameSync(temporary, file);
  return file;
}

const cacheFolder = ({ XDG_CACHE_HOME }: NodeJS.ProcessEnv): string =>
  join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'flotilla');

function cachedFile(build: NativeBuild): string {
  return join(cacheFolder(build.env ?? process.env), `${build.name}-${keyOf(build)}.node`);
}

/**
 * The path of a built addon that `find` gives, asked once by all processes that have the same `key`: finding out what to build for
 * may take longer than a small program runs.
 *
 * @param key - all that the answer depends on
 * @param find - calls `buildNative`
 * @param env - where XDG_CACHE_HOME is looked up
 */
export function rememberNative(
  key: readonly string[],
  find: () => string,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const folder = cacheFolder(env);
  const note = join(
    folder,
    `known-${createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16)}`,
  );
  const known = () => {
    if (!existsSync(note)) return undefined;
    const file = join(folder, basename(readFileSync(note, 'utf8')));
    refuseShared(folder, note);
    refuseShared(folder, file);
    return existsSync(file) ? file : undefined;
  };
  const before = known();
  if (before !== undefined) return before;
  let found: string | undefined;
  const ask = () => {
    found = known() ?? find();
    writeFileSync(`${note}.${process.pid}`, basename(found), { mode: 0o600 });
    renameSync(`${note}.${process.pid}`, note);
    return found;
  };
  try {
    refuseShared(folder, note);
    return withLock(`${note}.lock`, ask);
  } catch (error) {
    if (found !== undefined) return found;
    // Nothing can be written there, but what was built before may be.
    if ((error as NodeJS.ErrnoException).syscall === 'open') return find();
    throw error;
  }
}

function compileOnce(build: NativeBuild, file: string): string {
  const { compiler, name } = build;
  if (compiler === undefined) throw noCompiler(name);
  return withLock(`${file}.lock`, () => {
    if (!existsSync(file)) compile(build, compiler, file);
    return file;
  });
}

function keyOf({ source, compiler, flags = [], libraries = [], key = [] }: NativeBuild): string {
  const code = typeof source === 'string' ? readFileSync(source) : source.code;
  const parts = [
    compiler ?? '',
    flags,
    libraries,
    key,
    process.platform,
    process.arch,
    process.versions.modules,
  ];
  return createHash('sha256')
    .update(code)
    .update('\0')
    .update(JSON.stringify(parts))
    .digest('hex')
    .slice(0, 16);
}

function compile(
  { name, source, flags = [], libraries = [] }: NativeBuild,
  compiler: string,
  file: string,
): void {
  const headers = (createRequire(import.meta.url)('node-api-headers') as { include_dir: string }).include_dir;
  // Nobody may load a half-written file; a process that dies here leaves no more than this behind.
  const temporary = `${file}.${process.pid}`;
  const args = [
    '-O2',
    '-fPIC',
    '-shared',
    ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
    `-I${headers}`,
    ...flags,
    ...(typeof source === 'string' ? [source] : ['-x', 'c', '-']),
    ...libraries,
    '-o',
    temporary,
  ];
  try {
    execFileSync(compiler, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      input: typeof source === 'string' ? '' : source.code,
    });
    chmodSync(temporary, 0o700); // whatever the umask
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    const { stderr, code } = error as { stderr?: Buffer; code?: string };
    if (code === 'ENOENT') throw noCompiler(name, compiler, error);
    const said = stderr?.length ? stderr.toString().trim() : String(error);
    const message = `${name} could not be compiled with ${compiler}:\n${said.replaceAll(/^/gm, '  ')}`;
    throw new NativeBuildError('ERR_COMPILER', message, said, error);
  }
}

function noCompiler(name: string, compiler = 'a C compiler', cause?: unknown): NativeBuildError {
  const said = `${compiler} is missing`;
  return new NativeBuildError('ERR_COMPILER', `${name} must be compiled once, and ${said}`, said, cause);
}

/** Addons are loaded into the process: whoever can write there could run anything as this user. */
function refuseShared(
  folder: string,
  file: string,
  remedy = 'Set XDG_CACHE_HOME to a folder of your own',
): void {
  let reason: string | undefined;
  let cause: unknown;
  try {
    reason = privateFolder(folder, file);
  } catch (error) {
    cause = error;
    reason = `${folder} cannot be made: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (reason === undefined) return;
  const message = `the folder of compiled bindings is not safe to load from: ${reason}. ${remedy}`;
  throw new NativeBuildError('ERR_CACHE', message, reason, cause);
}
