/** A message that nobody received, as a report tells of it. */
export interface UnreadMessage {
  /** Rank of the communicator. */
  readonly source: number;
  readonly tag: number;
  readonly bytes: number;
  /** The communicator. */
  readonly name: string;
  /** From where it was sent (send-sites.ts). */
  readonly where: string;
  /** It came when its receiver had ended. */
  readonly late: boolean;
}

/** A line for all that are alike but for their lengths. */
export function linesOfUnread(messages: readonly UnreadMessage[]): string[] {
  const alike = new Map<string, { count: number; bytes: number }>();
  for (const { source, tag, bytes, name, where, late } of messages) {
    const after = late ? `${where === '' ? ', sent' : ''} after this rank had ended` : '';
    const rest = `from rank ${source}, tag ${tag} on ${name}${where}${after}`;
    const sum = alike.get(rest) ?? { count: 0, bytes: 0 };
    alike.set(rest, { count: sum.count + 1, bytes: sum.bytes + bytes });
  }
  return [...alike].map(([rest, { count, bytes }]) => {
    const size = `${bytes} byte${bytes === 1 ? '' : 's'}`;
    return `never received: ${count === 1 ? size : `${count} messages, ${size},`} ${rest}`;
  });
}
