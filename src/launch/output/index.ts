/** What ranks print. */
import { lastAtExit } from '../../internal/index.ts';
import { RankStream } from './rank-stream.ts';
import { descriptorSink, type Sink } from './sink.ts';
import type { TerminalSize } from './terminal.ts';

export { openLauncherPipe } from './pipe-sink.ts';
export { Relay } from './relay.ts';
export { descriptorSink, type Sink } from './sink.ts';
export { describeTerminal, terminalFrom, terminalOf, type TerminalSize } from './terminal.ts';

/** Exit code of a job whose output nobody reads any more, as a shell shows the end by SIGPIPE. */
export const EXIT_BROKEN_PIPE = 141;

export interface OutputOptions {
  readonly rank: number;
  /** Each line begins with the rank. */
  readonly label: boolean;
  /** Where each stream goes; without it to the descriptor. */
  readonly sinks?: { readonly stdout: Sink; readonly stderr: Sink } | undefined;
  readonly terminal?: (fd: number) => TerminalSize | undefined;
  /** Ends the job when nobody reads stdout any more. */
  readonly onBroken?: () => void;
}

/** Makes stdout and stderr of this rank write at once. */
export function redirectOutput(options: OutputOptions): void {
  const { rank, label, sinks, terminal, onBroken = () => undefined } = options;
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    const stream = new RankStream(fd, {
      sink: sinks?.[name] ?? descriptorSink(fd),
      prefix: label ? `[${rank}] ` : '',
      onBroken: name === 'stdout' ? onBroken : () => undefined,
      terminal: label ? undefined : terminal?.(fd),
    });
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
    // First for a job that ends before all listeners have been heard.
    process.on('exit', () => stream.flush());
    lastAtExit(() => stream.flush());
  }
}
