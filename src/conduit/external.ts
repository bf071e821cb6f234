import { spawn } from 'node:child_process';
import { ExperimentError } from './error.ts';
import { check } from './check.ts';

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
  around: Surroundings,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...around, stdio: ['pipe', 'pipe', 'pipe'] });
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
