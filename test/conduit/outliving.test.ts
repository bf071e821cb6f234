/** External programs end with the process, thread or job that started them, however that ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CLI, launch } from '../harness/launch.ts';

const TEAM = fileURLToPath(new URL('./models/team.ts', import.meta.url));
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

  for (const fabric of ['threads', 'openmpi', 'mpich'] as const)
    it(`a failed run that the program catches, on any rank of a team (${fabric})`, async () => {
      const programs: Promise<unknown>[] = [];
      let asks: Socket | undefined;
      let told = 0;
      const look = () => {
        if (asks === undefined || programs.length < 2 * (told + 1)) return;
        asks.write('yes');
        asks = undefined;
        told++;
      };
      const server = createServer((socket) => {
        // Only who asks says something.
        const program = new Promise<void>((gone) => socket.on('close', gone));
        const asking = () => {
          void programs.splice(programs.indexOf(program), 1);
          asks = socket;
          look();
        };
        socket.on('error', () => undefined).once('data', asking);
        programs.push(program);
        look();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const env = { PORT: String((server.address() as AddressInfo).port) };
      const { code, stdout, all } = await launch(fabric, 3, TEAM, [], { env });
      assert.equal(code, 0, all);
      const lines = [0, 1, 2].map((rank) => `rank ${rank}: RangeError: the engine fails`);
      assert.deepEqual(stdout.trim().split('\n').sort(), [...lines, ...lines].sort());
      assert.equal((await Promise.all(programs)).length, 4);
      server.close();
      await once(server, 'close');
    });
});
