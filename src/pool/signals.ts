type Listener = (reason: unknown) => void;

interface Heard {
  readonly listeners: Set<Listener>;
  readonly abort: () => void;
}
const heard = new WeakMap<AbortSignal, Heard>();

/**
 * Calls `listener` when the signal is aborted; returns what stops listening. Many tasks may share a
 * signal: it has one listener of ours for all of them, since Node warns of more than a few.
 */
export function onAbort(signal: AbortSignal, listener: Listener): () => void {
  const { listeners } = heard.get(signal) ?? listenTo(signal);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) forget(signal);
  };
}

function listenTo(signal: AbortSignal): Heard {
  const listeners = new Set<Listener>();
  const abort = () => {
    forget(signal);
    for (const listener of listeners) listener(signal.reason);
  };
  const entry = { listeners, abort };
  heard.set(signal, entry);
  signal.addEventListener('abort', abort, { once: true });
  return entry;
}

function forget(signal: AbortSignal): void {
  const entry = heard.get(signal);
  if (entry === undefined) return;
  heard.delete(signal);
  signal.removeEventListener('abort', entry.abort);
}
