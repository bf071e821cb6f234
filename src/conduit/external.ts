import { spawn } from 'node:child_process';
import { ExperimentError } from './error.ts';
import { check } from './check.ts';
import { endGroup, startGuard, watch } from './program-guard.ts';

export interface ExternalOptions<T> {
  /** What its standard input is given. Default: the first argument of the model as JSON, and a line end. */
  readonly input?: (given: T) => string;
  /** Its working directory. */
  readonly cwd?: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A model that is another program, in any language: `arguments` of the command line are made of the parameters, the result is parsed of
 * what the program writes to its standard output (default: JSON). Use it as `objective` or `model`. A program that fails is a
 * failure of the sample, told with its exit code and the end of what it wrote to standard error.
 *
 * The program leads a process group of its own, which is ended (SIGTERM, a second later SIGKILL) when
 * its sample is no longer wanted, when the run fails, and when this process or thread ends in any way.
 */
export function external<T, R = number>(
  command: (given: T) => readonly [program: string, ...args: string[]],
  parse: (output: string) => R = (output) => JSON.parse(output) as R,
  options: ExternalOptions<T> = {},
): (given: T, _: unknown, sample: { readonly signal: AbortSignal }) => Promise<R> {
  check.names('external', options, ['input', 'cwd', 'env']);
  const { input = (given) => `${JSON.stringify(given)}\n`, cwd, env } = options;
  return async (given, _, { signal }) => {
    const [program, ...args] = command(given);
    const output = await execute(program, args, input(given), {
      signal,
      env: { ...process.env, ...env },
      ...(cwd !== undefined && { cwd }),
    });
    try {
      return parse(output);
    } catch (cause) {
      const start = output.slice(0, SHOWN);
      throw new ExperimentError('ERR_MODEL', `${program} wrote what cannot be read as its result: ${start}`, {
        cause,
      });
    }
  };
}

const SHOWN = 500;

interface Surroundings {
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

function execute(
  program: string,
  args: readonly string[],
  input: string,
  { signal: unwanted, ...around }: Surroundings,
): Promise<string> {
  return new Promise((resolve, reject) => {
    unwanted.throwIfAborted();
    startGuard();
    const child = spawn(program, args, { ...around, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    let ended = false;
    const release = child.pid === undefined ? undefined : watch(child.pid);
    const end = () => {
      if (child.pid !== undefined) endGroup(child.pid, () => ended);
    };
    unwanted.addEventListener('abort', end, { once: true });
    const output: Buffer[] = [];
    let complaint = '';
    child.stdout.on('data', (data: Buffer) => output.push(data));
    child.stderr.on('data', (data: Buffer) => (complaint = (complaint + data.toString()).slice(-SHOWN)));
    // A program that does not read its input closes it: that is its right.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', (cause) =>
      reject(new ExperimentError('ERR_MODEL', `${program}: ${cause.message}`, { cause })),
    );
    child.on('close', (code, signal) => {
      ended = true;
      release?.();
      unwanted.removeEventListener('abort', end);
      if (code === 0) resolve(Buffer.concat(output).toString());
      else
        reject(
          new ExperimentError(
            'ERR_MODEL',
            `${program} ended with ${signal ?? `exit code ${code ?? 'none'}`}: ${complaint.trim() || 'it said nothing'}`,
          ),
        );
    });
  });
}
