import type { Request } from '../comm/index.ts';
import type { Channel } from './channel.ts';
import type { Range } from './dispenser.ts';
import { failures } from './master.ts';
import { ItemError } from './options.ts';
import { END, MASTER_WORDS, Say, WORKER_WORDS } from './protocol.ts';

/** A rank that works on the items of a managed loop. */
export class Worker {
  readonly #answer = new Float64Array(MASTER_WORDS);
  readonly #word = new Float64Array(WORKER_WORDS);
  #request: Request<void> | undefined;
  #began = 0;
  #seconds = NaN;
  #range: Range = { start: 0, end: 0 };
  #done = 0;
  #ahead = true;

  constructor(
    readonly channel: Channel,
    readonly master: number,
  ) {}

  /** The next range to work on; undefined at the end of the loop. */
  next(): Range | undefined {
    for (let early = this.#before(); ; early = false) {
      if (!early) this.#ask(Say.ASK);
      this.#request!.wait();
      const range = this.#heard();
      if (range === 'none') {
        this.#ahead = false;
        continue;
      }
      return this.#begin(range);
    }
  }

  async nextAwaiting(): Promise<Range | undefined> {
    for (let early = this.#before(); ; early = false) {
      if (!early) this.#ask(Say.ASK);
      await this.#request!;
      const range = this.#heard();
      if (range === 'none') {
        this.#ahead = false;
        continue;
      }
      return this.#begin(range);
    }
  }

  /** Leaves the loop at an item. */
  leave(index: number): void {
    let early: Range = { start: 0, end: 0 };
    if (this.#request) {
      this.#request.wait();
      const range = this.#heard();
      if (range !== 'none' && range !== undefined) early = range;
    }
    this.#word.set([Say.LEAVE, index, index + 1, this.#range.end, early.start, early.end]);
    this.channel.comm.Send(this.#word, this.master, this.channel.tag);
  }

  /** Notes how long items took. True when an answer is under way already. */
  #before(): boolean {
    const count = this.#range.end - this.#range.start;
    if (count > 0) {
      const taken = (performance.now() - this.#began) / 1000 / count;
      // Of items that differ much a short one says little about the next: the mean of the last dozen or so.
      this.#seconds = Number.isNaN(this.#seconds) ? taken : 0.9 * this.#seconds + 0.1 * taken;
      this.#done += count;
    }
    return this.#request !== undefined;
  }

  #begin(range: Range | undefined): Range | undefined {
    this.#range = range ?? { start: 0, end: 0 };
    this.#began = performance.now();
    // The answer comes while the items are worked on. Once there is nothing ahead, there will be nothing.
    if (range && this.#ahead) this.#ask(Say.EARLY);
    return range;
  }

  #ask(say: number): void {
    const { comm, tag } = this.channel;
    this.#request = comm.Irecv(this.#answer, this.master, tag);
    this.#word.set([say, this.#seconds, this.#done, 0, 0, 0]);
    this.#done = 0;
    comm.Send(this.#word, this.master, tag);
  }

  #heard(): Range | undefined | 'none' {
    this.#request = undefined;
    const [start, end] = this.#answer as unknown as [number, number];
    if (start !== END) return end > start ? { start, end } : 'none';
    if (end > 0) {
      const told = this.channel.comm.recv<{ index: number; rank: number; message: string }[]>(
        this.master,
        this.channel.tag,
      );
      throw failures(told.map(({ index, rank, message }) => new ItemError(index, rank, reasonOf(message))));
    }
    return undefined;
  }
}

const reasonOf = (message: string) => message.replace(/^item \d+ on rank \d+: /, '');
