import type { Request } from '../comm/index.ts';
import { packThrown, unpackThrown, type Thrown } from '../internal/index.ts';
import type { Channel } from './channel.ts';
import type { Range } from './dispenser.ts';
import { differ, failures, ItemError, unlike } from './error.ts';
import { likeness, likenessOfAll } from './likeness.ts';
import { CLOSE, END, FAULT, MASTER_WORDS, Say, WORKER_WORDS } from './protocol.ts';
import { countOf, type Source } from './source.ts';

/** What an answer means beside a range, or the end of the loop: nothing for now, or a question that has been answered. */
type Heard = Range | undefined | 'none' | 'answered';

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
  #greeted = false;

  constructor(
    readonly channel: Channel,
    readonly master: number,
    readonly source: Source<unknown>,
    /** Why this rank cannot take part: the error of the loop on all ranks. */
    readonly refusal: Thrown | undefined,
  ) {}

  /** The next range to work on; undefined at the end of the loop. */
  next(): Range | undefined {
    for (let asked = this.#before(); ;) {
      if (!asked) this.#askFree();
      this.#request!.wait();
      const heard = this.#heard();
      if (heard !== 'none' && heard !== 'answered') return this.#begin(heard);
      asked = heard === 'answered';
    }
  }

  async nextAwaiting(): Promise<Range | undefined> {
    for (let asked = this.#before(); ;) {
      if (!asked) this.#askFree();
      await this.#request!;
      const heard = this.#heard();
      if (heard !== 'none' && heard !== 'answered') return this.#begin(heard);
      asked = heard === 'answered';
    }
  }

  /** Leaves the loop at an item. Throws when the loop has ended with an error on all ranks meanwhile. */
  leave(index: number): void {
    let early: Range = { start: 0, end: 0 };
    while (this.#request) {
      this.#request.wait();
      const heard = this.#heard();
      if (typeof heard === 'object') early = heard;
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

  /** Asks with nothing to do; the first time it says who asks. */
  #askFree(): void {
    if (this.#greeted) return this.#ask(Say.ASK);
    this.#greeted = true;
    if (this.refusal !== undefined) this.#object(this.refusal);
    else this.#say(Say.HELLO, NaN, 0, this.source.length ?? -1, likenessOfAll(this.source));
  }

  #ask(say: number): void {
    this.#say(say, this.#seconds, this.#done);
    this.#done = 0;
  }

  #say(say: number, a = 0, b = 0, c = 0, d = 0): void {
    const { comm, tag } = this.channel;
    const word = this.#word;
    this.#request = comm.Irecv(this.#answer, this.master, tag);
    word[0] = say;
    word[1] = a;
    word[2] = b;
    word[3] = c;
    word[4] = d;
    comm.Send(word, this.master, tag);
  }

  /** Ends the loop on all ranks: the master's answer says so. */
  #object(thrown: Thrown): void {
    this.#say(Say.FAULT);
    this.channel.comm.send(thrown, this.master, this.channel.tag);
  }

  #heard(): Heard {
    this.#request = undefined;
    const [start, end, floor, alike] = this.#answer as unknown as [number, number, number, number];
    if (start === CLOSE)
      return this.#attempt(() => {
        this.#say(Say.COUNT, countOf(this.source, end));
      });
    if (start === FAULT) throw unpackThrown(this.channel.comm.recv<Thrown>(this.master, this.channel.tag));
    if (start === END) {
      this.#over(end);
      return;
    }
    if (end === start) {
      this.#ahead = false;
      return 'none';
    }
    this.source.forget(floor);
    return this.#attempt(() => this.#compare(start, end, alike)) ?? { start, end };
  }

  /** Reading the items of this rank may fail. */
  #attempt(body: () => unknown): 'answered' | undefined {
    try {
      return body() === false ? undefined : 'answered';
    } catch (error) {
      this.#object(packThrown(error));
      return 'answered';
    }
  }

  /** False where the items of a range are those of the master, as far as that can be told. */
  #compare(start: number, end: number, alike: number): false {
    const { loop, comm } = this.channel;
    if (!this.source.has(end - 1)) {
      const has = `rank ${comm.rank} has ${this.source.length} items, rank ${this.master} has at least ${end}`;
      throw differ(loop, comm.rank, has);
    }
    if (likeness(this.source, start, end) === alike) return false;
    throw differ(loop, comm.rank, unlike(start, end, comm.rank, this.master));
  }

  #over(failed: number): undefined {
    if (failed > 0) {
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
