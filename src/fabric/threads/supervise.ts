import { Rank, rankBlock, readText, State, Text, World, type ThreadsMemory } from './memory.ts';

/** How often the ranks are looked at, and how many equal looks make a deadlock. */
const LOOK_MS = 250;
const LOOKS = 4;

/** What the thread that started the ranks knows of them. */
export interface Supervisor {
  /** To be told when a rank's thread has ended. */
  ended(rank: number): void;
  /** The exit code that a rank has given to abort. */
  aborted(): number | undefined;
  /** When all have ended: messages never received and requests never completed, a line each. */
  leftovers(): string[];
  stop(): void;
}

/**
 * Watches over ranks: a rank that sleeps has written down whom it waits for. A rank is stuck when it sleeps and each of those
 * is stuck too or has ended; while none of the stuck wakes, that is a deadlock.
 */
export function supervise(memory: ThreadsMemory, onDeadlock: (report: string) => void): Supervisor {
  const words = new Int32Array(memory.buffer);
  let before = '';
  let looks = 0;
  const timer = setInterval(() => {
    const stuck = stuckRanks(memory, words);
    const now = stuck.map((rank) => `${rank}:${Atomics.load(words, rankBlock(rank) + Rank.SLEEPS)}`).join();
    looks = now !== '' && now === before ? looks + 1 : 0;
    before = now;
    if (looks < LOOKS) return;
    clearInterval(timer);
    onDeadlock(report(memory, words, stuck));
  }, LOOK_MS);
  return {
    ended: (rank) => Atomics.store(words, rankBlock(rank) + Rank.STATE, State.ENDED),
    aborted: () => {
      const stored = Atomics.load(words, World.ABORT);
      return stored === 0 ? undefined : stored - 1;
    },
    leftovers: () =>
      ranks(memory).flatMap((rank) =>
        readText(memory, rank, Text.LEFT)
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => `rank ${rank}  ${line}`),
      ),
    stop: () => clearInterval(timer),
  };
}

const ranks = ({ size }: ThreadsMemory) => [...Array(size).keys()];
const stateOf = (words: Int32Array, rank: number) => Atomics.load(words, rankBlock(rank) + Rank.STATE);

function stuckRanks(memory: ThreadsMemory, words: Int32Array): number[] {
  const stuck = new Set(ranks(memory).filter((rank) => stateOf(words, rank) === State.BLOCKED));
  const ended = new Set(ranks(memory).filter((rank) => stateOf(words, rank) === State.ENDED));
  const mayHelp = (rank: number, other: number) =>
    (words[rankBlock(rank) + Rank.WAITS_FOR + (other >> 5)]! & (1 << (other & 31))) !== 0;
  for (let before = -1; before !== stuck.size;) {
    before = stuck.size;
    for (const rank of stuck) {
      const helped = ranks(memory).some(
        (other) => mayHelp(rank, other) && !stuck.has(other) && !ended.has(other),
      );
      if (helped) stuck.delete(rank);
    }
  }
  return [...stuck];
}

function report(memory: ThreadsMemory, words: Int32Array, stuck: number[]): string {
  const width = `rank ${memory.size - 1}`.length;
  const rows = ranks(memory).map((rank) => {
    const state = stateOf(words, rank);
    const [call = '', where = ''] = readText(memory, rank, Text.WAIT).split('\n');
    const what = state === State.ENDED ? 'has ended' : call || 'is computing';
    return { name: `rank ${rank}`.padEnd(width), what, where };
  });
  const column = Math.max(...rows.map(({ what }) => what.length));
  const lines = rows.map(({ name, what, where }) =>
    `  ${name}  ${what.padEnd(column)}${where && `  at ${where}`}`.trimEnd(),
  );
  const who = stuck.length === 1 ? `rank ${stuck[0]!} waits` : `${stuck.length} ranks wait`;
  return [`deadlock: ${who} for what can no longer come`, ...lines].join('\n');
}
