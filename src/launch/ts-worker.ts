import { Worker as NodeWorker, type WorkerOptions } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

/** What a script gets for `Worker`: it starts TypeScript files too, such as `new URL('./worker.ts', import.meta.url)`. */
export class Worker extends NodeWorker {
  constructor(file: string | URL, options: WorkerOptions = {}) {
    const path = file instanceof URL && file.protocol === 'file:' ? fileURLToPath(file) : String(file);
    const typescript = options.eval !== true && /\.[mc]?tsx?$/.test(path);
    if (typescript) super(starting(path), { ...options, eval: true });
    else super(file, options);
  }
}

function starting(path: string): string {
  const start = new URL('./ts-worker-start.js', import.meta.url).href;
  return `import(${JSON.stringify(start)}).then(({ start }) => start(${JSON.stringify(path)}));`;
}
