import { realpathSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { show } from '../internal/index.ts';
import { PoolError } from './error.ts';
import { capturedNames, evaluate, META, type Callable } from './source.ts';

/** How a worker finds a function: in a module by the name it was declared with, or from its source. */
export type Reference =
  { readonly module: string; readonly name: string } | { readonly source: string; readonly name: string };

interface Registry {
  /** By `module#name`. */
  readonly declared: Map<string, Callable>;
  readonly references: WeakMap<object, { readonly module: string; readonly name: string }>;
}

/* A second copy of this package in the same thread (a bundle's own, say) must find the same tasks. */
const KEY = Symbol.for('flotilla.tasks');
interface Shared {
  [KEY]?: Registry | undefined;
}
const shared = globalThis as Shared;
const registry: Registry = (shared[KEY] ??= {
  declared: new Map<string, Callable>(),
  references: new WeakMap<object, { readonly module: string; readonly name: string }>(),
});

/**
 * Declares a function as one that workers find by its module and name, and returns it as it is:
 *
 *     export const square = task(import.meta, function square(x: number) { return x * x });
 *
 * It may use whatever its module has. A worker imports the module once, when the task first reaches it. The module in which the program begins is not
 * imported by workers, since that would begin the program again: tasks declared there travel by source and may capture nothing.
 *
 * Throws PoolError ERR_TASK for a function without a name and for a second one of a name in the same module.
 */
export function task<F extends (...args: never[]) => unknown>(meta: { readonly url: string }, fn: F): F {
  const { name } = fn;
  if (name === '') {
    throw new PoolError('ERR_TASK', `a task needs a name: task(${META}, function square(x: number) {…})`);
  }
  const key = `${meta.url}#${name}`;
  const before = registry.declared.get(key);
  if (before !== undefined && before.toString() !== fn.toString()) {
    throw new PoolError('ERR_TASK', `${meta.url} declares two tasks of the name ${name}`);
  }
  registry.declared.set(key, fn as unknown as Callable);
  registry.references.set(fn, { module: meta.url, name });
  return fn;
}

/** How to send a function. Throws ERR_TASK for one that captures variables, with their names. */
export function referenceOf(fn: unknown): Reference {
  if (typeof fn !== 'function') throw new PoolError('ERR_TASK', `a task is a function, not ${show(fn)}`);
  const declared = registry.references.get(fn);
  if (declared !== undefined && !isEntry(declared.module)) return declared;
  const name = declared?.name ?? (fn.name || 'the function');
  const source = Function.prototype.toString.call(fn);
  const captured = capturedNames(fn, source, name);
  if (captured.length === 0) return { source, name };
  const names = captured.join(', ');
  throw new PoolError(
    'ERR_TASK',
    declared
      ? `the task ${name} uses ${names} of the module in which the program begins, and workers do not run that: ` +
          `move the task to a module of its own and import it`
      : `${name} captures ${names}, which a worker does not have: pass ${captured.length === 1 ? 'it' : 'them'} as arguments, ` +
          `or declare a task in a module of its own, export const ${fn.name || 'work'} = task(${META}, function ${fn.name || 'work'}(…) {…})`,
  );
}

/** The function of a reference; imports its module if need be. */
export function resolve(reference: Reference): Callable | Promise<Callable> {
  if ('source' in reference) return evaluate(reference.source);
  return registry.declared.get(`${reference.module}#${reference.name}`) ?? load(reference);
}

async function load({ module, name }: { module: string; name: string }): Promise<Callable> {
  if (TYPESCRIPT.test(module)) await understandTypeScript();
  await import(module);
  const found = registry.declared.get(`${module}#${name}`);
  if (found !== undefined) return found;
  throw new PoolError('ERR_TASK', `${module} does not declare a task ${name} when a worker imports it`);
}

const TYPESCRIPT = /\.[mc]?tsx?(\?|$)/;
let registered: Promise<unknown> | undefined;

/** Worker threads do not inherit `--import tsx` before Node 22; registering it a second time does no harm. */
function understandTypeScript(): Promise<unknown> {
  registered ??= import('tsx/esm/api').then(({ register }) => {
    register();
    process.setSourceMapsEnabled(true);
  });
  return registered;
}

/** Whether a module is the script that this process was started with. */
function isEntry(module: string): boolean {
  const script = process.argv[1];
  if (script === undefined || !module.startsWith('file:')) return false;
  try {
    const [path, entry] = [realpathSync(fileURLToPath(module)), realpathSync(script)];
    return path === entry || path.slice(0, -extname(path).length) === entry;
  } catch {
    return false;
  }
}
