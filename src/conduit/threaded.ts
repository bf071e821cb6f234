import { Worker } from 'node:worker_threads';
import { packError, unpackError, type ThrownError } from '../internal/index.ts';
import { ExperimentError } from './error.ts';

interface Answer {
  readonly value?: unknown;
  readonly failure?: ThrownError;
}

interface Call {
  readonly given: unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A model that runs in worker threads: a function that a module exports (`name`, default 'default'), called with the parameters alone. Use
 * it as `objective` or `model` with `concurrent({ jobs })`: each of the jobs gets a thread of its own, which is replaced if it dies;
 * the sample it worked on has failed. Modules are `.js` or `.ts`.
 */
export function threaded<T, R = number>(module: URL, name = 'default'): (given: T) => Promise<R> {
  const idle: ModelThread[] = [];
  return async (given) => {
    const thread = idle.pop() ?? new ModelThread(module, name);
    try {
      // The module's author says what it returns, as with a message.
      return (await thread.call(given)) as R;
    } finally {
      if (thread.alive) idle.push(thread);
    }
  };
}

class ModelThread {
  readonly #worker: Worker;
  #under: Call | undefined;
  alive = true;

  constructor(module: URL, name: string) {
    const begin = new URL('./model-thread.js', import.meta.url);
    this.#worker = new Worker(begin, { workerData: { module: module.href, name } });
    // Between samples it does not keep the process from ending.
    this.#worker.unref();
    this.#worker.on('message', ({ value, failure }: Answer) => {
      this.#settle((call) => (failure ? call.reject(unpackError(failure)) : call.resolve(value)));
    });
    this.#worker.on('error', (error: unknown) => this.#die(packError(error).message));
    this.#worker.on('exit', (code) => this.#die(`it ended with exit code ${code}`));
  }

  call(given: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#under = { given, resolve, reject };
      this.#worker.ref();
      this.#worker.postMessage(given);
    });
  }

  #die(reason: string): void {
    this.alive = false;
    this.#settle(({ reject }) =>
      reject(new ExperimentError('ERR_MODEL', `the model's thread has died: ${reason}`)),
    );
  }

  #settle(how: (call: Call) => void): void {
    const call = this.#under;
    this.#under = undefined;
    this.#worker.unref();
    if (call) how(call);
  }
}
