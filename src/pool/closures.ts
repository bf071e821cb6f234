import type * as Inspector from 'node:inspector';
import { createRequire } from 'node:module';
import { PoolError } from './error.ts';

/**
 * Which of these names a function takes from a scope around it, and not from the global object: V8
 * tells its debugger the scopes that a function closes over. Nothing where there is no inspector.
 */
export function namesInClosure(fn: object, names: readonly string[]): string[] {
  const library = names.length > 0 ? inspector() : undefined;
  if (library === undefined) return [];
  const session = new library.Session();
  const global = globalThis as Record<symbol, unknown>;
  try {
    session.connect();
    global[KEY] = fn;
    const { result } = ask<Evaluated>(session, 'Runtime.evaluate', { expression: EXPRESSION });
    const { internalProperties = [] } = properties(session, result);
    const scopes = internalProperties.find(({ name }) => name === '[[Scopes]]')?.value;
    const inner = properties(session, scopes).result.filter(({ value }) => value?.description !== 'Global');
    const closed = new Set(
      inner.flatMap(({ value }) => properties(session, value).result.map(({ name }) => name)),
    );
    return names.filter((name) => closed.has(name));
  } catch {
    return []; // an inspector that answers otherwise
  } finally {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
    delete global[KEY];
    session.disconnect();
  }
}

const KEY = Symbol.for('flotilla.pool.closure');
const EXPRESSION = "globalThis[Symbol.for('flotilla.pool.closure')]";

interface Remote {
  readonly objectId?: string;
  readonly description?: string;
}
interface Property {
  readonly name: string;
  readonly value?: Remote;
}
interface Evaluated {
  readonly result: Remote;
}
interface Properties {
  readonly result: readonly Property[];
  readonly internalProperties?: readonly Property[];
}

function properties(session: Inspector.Session, of: Remote | undefined): Properties {
  if (of?.objectId === undefined) return { result: [] };
  return ask<Properties>(session, 'Runtime.getProperties', { objectId: of.objectId, ownProperties: true });
}

/** Answers come before `post` returns. */
function ask<T>(session: Inspector.Session, method: string, parameters: object): T {
  let answer: object | undefined;
  session.post(method, parameters, (error, result) => {
    if (error === null) answer = result;
  });
  if (answer === undefined) throw new PoolError('ERR_TASK', `${method} was not answered`);
  return answer as T;
}

/** Loaded when it is first needed; absent from a Node that was built without it. */
function inspector(): typeof Inspector | undefined {
  if (!process.features.inspector) return undefined;
  return createRequire(import.meta.url)('node:inspector') as typeof Inspector;
}
