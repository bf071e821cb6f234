import tty from 'node:tty';

/** The terminals behind stdout and stderr, as a launcher tells the processes that write through it: the descriptors, then columns and rows. */
export function describeTerminal(): string {
  const streams = [process.stdout, process.stderr].filter(({ isTTY }) => isTTY);
  const [first] = streams;
  if (first === undefined) return '';
  return [streams.map(({ fd }) => fd).join('+'), first.columns, first.rows].join(',');
}

/** The size of the terminal behind a descriptor; undefined if there is none. */
export type TerminalSize = () => readonly [columns: number, rows: number];

/** Reads what describeTerminal wrote. */
export function terminalFrom(text: string | undefined, fd: number): TerminalSize | undefined {
  const [descriptors = '', columns, rows] = (text ?? '').split(',');
  if (!descriptors.split('+').includes(String(fd))) return undefined;
  return () => [Number(columns) || 80, Number(rows) || 24];
}

/** The terminal behind a descriptor of this process, asked each time: threads do not hear of a change. */
export function terminalOf(fd: number): TerminalSize | undefined {
  if (!tty.isatty(fd)) return undefined;
  const terminal = new tty.WriteStream(fd);
  return () => {
    // @ts-expect-error It exists since Node 0.11 but is not declared.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-call
    terminal._refreshSize();
    return terminal.getWindowSize();
  };
}
