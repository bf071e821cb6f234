import { ring } from './doorbell.ts';
import {
  capacityOf,
  Doorbell,
  Rank,
  rankBlock,
  readText,
  State,
  Text,
  World,
  type ThreadsMemory,
} from './memory.ts';

/** How often the ranks are looked at, and how many equal looks make a deadlock. */
const LOOK_MS = 250;
const LOOKS = 4;

/** What the thread that started the ranks knows of them. */
export interface Supervisor {
  /** To be told when spawned ranks are about to be started. */
  begun(ranks: number): void;
  /** To be told when a rank's thread has ended: gives whether it has left the others in an orderly way. */
  ended(rank: number): boolean;
  /** Wakes a rank that waits for an answer. */
  wake(rank: number): void;
  /** The exit code that a rank has given to abort. */
  aborted(): number | undefined;
  stop(): void;
}

/**
 * Watches over ranks: a rank that sleeps has written down whom it waits for. A rank is stuck when it sleeps and each of those
 * is stuck too or has ended; while none of the stuck wakes, that is a deadlock.
 */
export function supervise(
  memory: ThreadsMemory,
  onDeadlock: (report: string) => void,
  nameOf: (rank: number) => string,
): Supervisor {
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
    onDeadlock(report(memory, words, stuck, nameOf));
  }, LOOK_MS);
  return {
    begun: (ranks) => {
      Atomics.store(words, World.SPAWNED, 1);
      Atomics.add(words, World.RUNNING, ranks);
    },
    ended: (rank) => {
      const before = Atomics.exchange(words, rankBlock(rank) + Rank.STATE, State.ENDED);
      if (rank >= memory.size) {
        Atomics.sub(words, World.RUNNING, 1);
        Atomics.notify(words, World.RUNNING);
      }
      return before === State.ENDED;
    },
    wake: (rank) => ring(words, rank),
    aborted: () => {
      const stored = Atomics.load(words, World.ABORT);
      return stored === 0 ? undefined : stored - 1;
    },
    stop: () => clearInterval(timer),
  };
}

/** The ranks that there are or were; of the spawned ones those whose number nobody else has got. */
const ranks = (memory: ThreadsMemory, words: Int32Array) =>
  [...Array(capacityOf(memory)).keys()].filter(
    (rank) => rank < memory.size || Atomics.load(words, rankBlock(rank) + Rank.STARTS) > 0,
  );
const stateOf = (words: Int32Array, rank: number) => Atomics.load(words, rankBlock(rank) + Rank.STATE);

function stuckRanks(memory: ThreadsMemory, words: Int32Array): number[] {
  const all = ranks(memory, words);
  // One that has been rung is not stuck: on a busy machine it may be long until it runs.
  const sleeps = (rank: number) =>
    stateOf(words, rank) === State.BLOCKED &&
    Atomics.load(words, rankBlock(rank) + Rank.DOORBELL) === Doorbell.BLOCKED;
  const stuck = new Set(all.filter(sleeps));
  const ended = new Set(all.filter((rank) => stateOf(words, rank) === State.ENDED));
  const mayHelp = (rank: number, other: number) =>
    (words[rankBlock(rank) + Rank.WAITS_FOR + (other >> 5)]! & (1 << (other & 31))) !== 0;
  for (let before = -1; before !== stuck.size;) {
    before = stuck.size;
    for (const rank of stuck) {
      const helped = all.some((other) => mayHelp(rank, other) && !stuck.has(other) && !ended.has(other));
      if (helped) stuck.delete(rank);
    }
  }
  return [...stuck];
}

function report(
  memory: ThreadsMemory,
  words: Int32Array,
  stuck: number[],
  nameOf: (rank: number) => string,
): string {
  const shown = ranks(memory, words).filter(
    (rank) => rank < memory.size || stateOf(words, rank) !== State.ENDED,
  );
  const width = Math.max(...shown.map((rank) => nameOf(rank).length));
  const rows = shown.map((rank) => {
    const state = stateOf(words, rank);
    const [call = '', where = ''] = readText(memory, rank, Text.WAIT).split('\n');
    const what = state === State.ENDED ? 'has ended' : call || 'is computing';
    return { name: nameOf(rank).padEnd(width), what, where };
  });
  const column = Math.max(...rows.map(({ what }) => what.length));
  const lines = rows.map(({ name, what, where }) =>
    `  ${name}  ${what.padEnd(column)}${where && `  at ${where}`}`.trimEnd(),
  );
  const who = stuck.length === 1 ? `${nameOf(stuck[0]!)} waits` : `${stuck.length} ranks wait`;
  return [`deadlock: ${who} for what can no longer come`, ...lines].join('\n');
}
