import {
  capacityOf,
  Rank,
  rankBlock,
  Ring,
  ringControl,
  ringStart,
  Slot,
  SLOTS,
  slotStart,
  State,
  Text,
  writeText,
  type ThreadsMemory,
} from './memory.ts';

/**
 * Numbers for so many spawned ranks, their memory as new; undefined when there are not enough. A number is free when nobody has had it, or its
 * rank has ended, its thread too (`lives`), and no other rank has a communicator with it any more. `renewed` hears of each before its memory is emptied.
 */
export function admit(
  memory: ThreadsMemory,
  ranks: number,
  lives: (rank: number) => boolean,
  renewed: (rank: number) => void,
): Int32Array | undefined {
  const words = new Int32Array(memory.buffer);
  const free: number[] = [];
  for (let rank = memory.size; rank < capacityOf(memory) && free.length < ranks; rank++) {
    if (!lives(rank) && Atomics.load(words, rankBlock(rank) + Rank.HOLDERS) === 0) free.push(rank);
  }
  if (free.length < ranks) return undefined;
  for (const rank of free) {
    renewed(rank);
    renew(memory, words, rank);
  }
  return Int32Array.from(free);
}

function renew(memory: ThreadsMemory, words: Int32Array, rank: number): void {
  const block = rankBlock(rank);
  const starts = Atomics.load(words, block + Rank.STARTS);
  if (starts > 0) {
    words.fill(0, block, block + Rank.WORDS);
    for (let text = 0; text < Text.COUNT; text++) writeText(memory, rank, text, '');
    for (let other = 0; other < capacityOf(memory); other++) {
      emptyRing(memory, words, rank, other);
      emptyRing(memory, words, other, rank);
    }
    for (let slot = 0; slot < SLOTS; slot++) {
      const header = slotStart(memory, rank, slot) / 4;
      words[header + Slot.READERS] = 0;
      words[header + Slot.KEY] = 0;
    }
  }
  Atomics.store(words, block + Rank.STATE, State.RUNNING);
  Atomics.store(words, block + Rank.STARTS, starts + 1);
}

function emptyRing(memory: ThreadsMemory, words: Int32Array, source: number, dest: number): void {
  const control = ringControl(memory.size, source, dest);
  words[ringStart(memory, source, dest) / 4] = 0;
  words[control + Ring.WANTED] = 0;
  Atomics.store(words, control + Ring.HEAD, 0);
}
