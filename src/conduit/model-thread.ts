/** What the thread of a `threaded` model runs. */
import { parentPort, workerData } from 'node:worker_threads';
import { packError } from '../internal/index.ts';

const { module, name } = workerData as { module: string; name: string };
if (/\.[mc]?ts$/.test(module)) {
  const { register } = await import('tsx/esm/api');
  register();
}
const exported = (await import(module)) as Record<string, unknown>;
const model = exported[name];
if (typeof model !== 'function') throw new TypeError(`${module} exports no function '${name}'`);
const port = parentPort!;
port.on('message', (given: unknown) => {
  void answer(given).then((said) => port.postMessage(said));
});

async function answer(given: unknown): Promise<object> {
  try {
    return { value: await (model as (given: unknown) => unknown)(given) };
  } catch (error) {
    return { failure: packError(error) };
  }
}
