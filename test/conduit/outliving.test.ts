/** External programs end with the process, thread or job that started them, however that ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CLI } from '../harness/launch.ts';

const MODEL = fileURLToPath(new URL('./models/endless.ts', import.meta.url));

/** Starts an owner of `n` programs, has it ended once they run, and waits until each has ended. */
async function outlived(n: number, begin: (env: NodeJS.ProcessEnv) => () => void): Promise<void> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = begin({ ...process.env, PORT: String((server.address() as AddressInfo).port) });
  const closed: Promise<unknown>[] = [];
  await new Promise<void>((resolve) =>
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => undefined).resume();
      if (closed.push(new Promise((gone) => socket.on('close', gone))) === n) resolve();
    }),
  );
  end();
  assert.equal((await Promise.all(closed)).length, n);
  server.close();
  await once(server, 'close');
}

const owner = (args: readonly string[], signal: NodeJS.Signals) => (env: NodeJS.ProcessEnv) => {
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  return () => void child.kill(signal);
};

describe('external programs do not outlive', { timeout: 120_000 }, () => {
  for (const signal of ['SIGKILL', 'SIGINT', 'SIGTERM'] as const)
    it(`a process that ends by ${signal}`, () => outlived(1, owner(['--import', 'tsx', MODEL], signal)));

  it('a process that an uncaught error ends', () =>
    outlived(1, owner(['--import', 'tsx', MODEL], 'SIGUSR2')));

  it('a thread that is terminated', () =>
    outlived(1, (env) => {
      const script = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(MODEL)}, ${JSON.stringify(import.meta.url)}))`;
      const worker = new Worker(script, { eval: true, env });
      return () => void worker.terminate();
    }));

  for (const fabric of [[], ['--mpi=openmpi'], ['--mpi=mpich']])
    it(`a job interrupted (${fabric.join() || 'threads'})`, () =>
      outlived(2, owner([CLI, 'run', '-n', '2', ...fabric, MODEL], 'SIGINT')));
});
