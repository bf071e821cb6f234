import { ANY_SOURCE, Status } from '../comm/index.ts';
import { packThrown, unpackThrown, type Thrown } from '../internal/index.ts';
import type { Channel } from './channel.ts';
import type { Dispenser, Range } from './dispenser.ts';
import { differ, failures, ItemError, list, unlike } from './error.ts';
import { Held } from './held.ts';
import { likeness, likenessOfAll } from './likeness.ts';
import type { OnError } from './options.ts';
import type { Progress } from './progress.ts';
import { CLOSE, END, FAULT, MASTER_WORDS, Say, WORKER_WORDS } from './protocol.ts';
import type { Source } from './source.ts';

const NONE: Range = { start: 0, end: 0 };

/** The rank that hands out the indices of a managed loop. */
export class Master {
  readonly #heard = new Float64Array(WORKER_WORDS);
  readonly #answer = new Float64Array(MASTER_WORDS);
  readonly #status = new Status();
  /** Workers who wait for an index that does not exist yet: another may still give one back. */
  readonly #idle: number[] = [];
  /** Workers still in the loop. */
  #working: number;
  /** Items of each worker, −1 where it does not know yet. */
  readonly #lengths = new Map<number, number>();
  readonly #held: Held | undefined;
  readonly #alike: number;
  #fault: Thrown | undefined;
  readonly left: ItemError[] = [];
  /** True while this rank itself works on items of the loop. */
  atWork = false;

  constructor(
    readonly channel: Channel,
    readonly source: Source<unknown>,
    readonly dispenser: Dispenser,
    readonly onError: OnError,
    readonly progress: Progress,
    workers: number,
  ) {
    this.#working = workers;
    this.#alike = likenessOfAll(source);
    if (source.forgets) this.#held = new Held();
  }

  /** Whether workers are still in the loop. */
  get serving(): boolean {
    return this.#working > 0;
  }

  /** Whether the loop ends with an error on all ranks. */
  get failed(): boolean {
    return this.#fault !== undefined;
  }

  /** Blocks for the next worker's word and answers it. */
  serve(): void {
    const { comm, tag } = this.channel;
    comm.Recv(this.#heard, ANY_SOURCE, tag, this.#status);
    this.#hear(this.#status.source);
  }

  /** Answers whoever has spoken. */
  serveWaiting(): void {
    const { comm, tag } = this.channel;
    while (this.serving && comm.iprobe(ANY_SOURCE, tag) !== null) this.serve();
  }

  async serveAwaiting(): Promise<void> {
    const { comm, tag } = this.channel;
    const request = comm.Irecv(this.#heard, ANY_SOURCE, tag);
    await request;
    this.#hear(request.status.source);
  }

  /** A range for this rank itself. */
  takeOwn(seconds: number): Range | undefined {
    if (this.failed) return undefined;
    const { rank } = this.channel.comm;
    this.#held?.done(rank, false);
    const range = this.#take(() => this.dispenser.take(seconds));
    if (range !== undefined) this.#held?.begin(rank, range);
    return range;
  }

  /** Ends the loop for those who wait, unless someone at work could still give something back. */
  settle(othersAtWork = false): void {
    if (this.failed || othersAtWork || this.#idle.length < this.#working || !this.#agreed()) return;
    for (const rank of this.#idle) this.#end(rank);
    this.#working = 0;
    this.#idle.length = 0;
  }

  /** Ends the loop with an error on all ranks that are in it: the first one counts. */
  fail(thrown: Thrown): void {
    if (this.failed) return;
    this.#fault = thrown;
    for (const rank of this.#idle.splice(0)) this.#tell(rank);
  }

  /** Says what was not done; with 'collect' throws it. Throws the error that has ended the loop on all ranks. */
  finish(): void {
    if (this.#fault !== undefined) throw unpackThrown(this.#fault);
    const { indices, further } = this.dispenser.remaining();
    if (this.onError === 'collect') {
      if (this.left.length > 0) throw failures(this.left);
    } else {
      for (const { index, rank } of this.left) {
        process.stderr.write(`flotilla: rank ${rank} left the loop at item ${index}\n`);
      }
    }
    // Whoever has stopped the loop knows that there are more.
    if (indices.length > 0 && !this.dispenser.stopped) {
      const count = further ? `${indices.length} items and those behind them` : `${indices.length} items`;
      process.stderr.write(`flotilla: warning: nobody took ${count}: ${list(indices)}\n`);
    }
  }

  #hear(rank: number): void {
    const [say, a, b, c, d, e] = this.#heard as unknown as [number, number, number, number, number, number];
    if (say === Say.LEAVE) return this.leave(rank, a, { start: b, end: c }, { start: d, end: e });
    if (say === Say.FAULT) {
      const { comm, tag } = this.channel;
      this.fail(comm.recv<Thrown>(rank, tag));
    }
    if (this.failed) return this.#tell(rank);
    if (say === Say.COUNT) return this.#counted(rank, a);
    this.progress.add(b);
    if (say === Say.HELLO && !this.#greeted(rank, c, d)) return this.#tell(rank);
    this.#held?.done(rank, say === Say.EARLY);
    // Who works itself answers late, and had better give what there is.
    const range = this.#take(() =>
      say !== Say.EARLY || this.atWork ? this.dispenser.take(a) : this.dispenser.takeAhead(a),
    );
    if (this.#fault !== undefined) return this.#tell(rank);
    if (range === undefined && say !== Say.EARLY) {
      this.#idle.push(rank);
      this.settle(this.atWork);
    } else {
      this.#send(rank, range ?? NONE);
    }
  }

  /** Notes how many items a worker has; false when that ends the loop. */
  #greeted(rank: number, length: number, alike: number): boolean {
    const { comm, loop } = this.channel;
    const own = this.source.length;
    this.#lengths.set(rank, length);
    if (length === -1 || own === undefined) return true;
    if (length !== own) this.#differ(rank, length, own);
    else if (alike !== this.#alike)
      this.fail(packThrown(differ(loop, rank, unlike(0, own, rank, comm.rank))));
    return !this.failed;
  }

  #differ(rank: number, length: number, own: number): void {
    const { comm, loop } = this.channel;
    // Of items that a rank had to count it has counted no more than one too many.
    const more = length > own && this.#lengths.get(rank) === -1;
    const has = `rank ${rank} has ${more ? 'more' : length} items`;
    this.fail(packThrown(differ(loop, rank, `${has}, rank ${comm.rank} has ${own}`)));
  }

  /** Reading the items of this rank may fail, which ends the loop for all. */
  #take(take: () => Range | undefined): Range | undefined {
    try {
      return take();
    } catch (error) {
      this.fail(packThrown(error));
      return undefined;
    }
  }

  /** Whether all who wait have as many items as this rank. Who does not know is asked first, and waits again with its answer. */
  #agreed(): boolean {
    const total = this.source.length;
    if (total === undefined) return true;
    const waiting = this.#idle.splice(0);
    for (const rank of waiting) {
      if (this.#lengths.get(rank) === -1) {
        this.#answer.set([CLOSE, total, 0, 0]);
        this.channel.comm.Send(this.#answer, rank, this.channel.tag);
      } else {
        this.#idle.push(rank);
      }
    }
    const other = this.#idle.find((rank) => this.#lengths.get(rank) !== total);
    if (other !== undefined) this.#differ(other, this.#lengths.get(other)!, total);
    return this.#idle.length === waiting.length;
  }

  #counted(rank: number, length: number): void {
    this.#idle.push(rank);
    if (length !== this.source.length) return this.#differ(rank, length, this.source.length!);
    this.#lengths.set(rank, length);
    this.settle(this.atWork);
  }

  /** A worker (or this rank) goes at an item, and what it held goes to others. */
  leave(rank: number, index: number, ...rests: readonly Range[]): void {
    this.left.push(new ItemError(index, rank, 'its body was left by an error or a break'));
    this.#held?.done(rank, false);
    if (rank !== this.channel.comm.rank) this.#working--;
    if (this.failed) return;
    for (const rest of rests) this.dispenser.giveBack(rest);
    while (this.#idle.length > 0) {
      const range = this.#take(() => this.dispenser.take(NaN));
      if (range === undefined) break;
      this.#send(this.#idle.shift()!, range);
    }
    this.settle(this.atWork);
  }

  #send(rank: number, range: Range): void {
    const { start, end } = range;
    const { comm, tag } = this.channel;
    const some = end > start;
    if (some) this.#held?.begin(rank, range);
    const floor = this.#held?.floor(this.dispenser.floor) ?? 0;
    this.#answer[0] = start;
    this.#answer[1] = end;
    this.#answer[2] = floor;
    this.#answer[3] = some ? likeness(this.source, start, end) : 0;
    this.source.forget(floor);
    comm.Send(this.#answer, rank, tag);
  }

  /** Tells a worker of the error that ends the loop. */
  #tell(rank: number): void {
    const { comm, tag } = this.channel;
    this.#answer.set([FAULT, 0, 0, 0]);
    comm.Send(this.#answer, rank, tag);
    comm.send(this.#fault, rank, tag);
    this.#working--;
  }

  #end(rank: number): void {
    const { comm, tag } = this.channel;
    const told = this.onError === 'collect' ? this.left : [];
    this.#answer.set([END, told.length, 0, 0]);
    comm.Send(this.#answer, rank, tag);
    if (told.length > 0)
      comm.send(
        told.map(({ index, rank: who, message }) => ({ index, rank: who, message })),
        rank,
        tag,
      );
  }
}
