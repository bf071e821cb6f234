import { ANY_SOURCE, Status } from '../comm/index.ts';
import type { Channel } from './channel.ts';
import type { Dispenser, Range } from './dispenser.ts';
import { ItemError, type OnError } from './options.ts';
import type { Progress } from './progress.ts';
import { END, MASTER_WORDS, Say, WORKER_WORDS } from './protocol.ts';

/** The rank that hands out the indices of a managed loop. */
export class Master {
  readonly #heard = new Float64Array(WORKER_WORDS);
  readonly #answer = new Float64Array(MASTER_WORDS);
  readonly #status = new Status();
  /** Workers who wait for an index that does not exist yet: another may still give one back. */
  readonly #idle: number[] = [];
  /** Workers still in the loop. */
  #working: number;
  readonly left: ItemError[] = [];

  constructor(
    readonly channel: Channel,
    readonly dispenser: Dispenser,
    readonly onError: OnError,
    readonly progress: Progress,
    workers: number,
  ) {
    this.#working = workers;
  }

  /** Whether workers are still in the loop. */
  get serving(): boolean {
    return this.#working > 0;
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

  /** Ends the loop for those who wait, unless someone at work could still give something back. */
  settle(othersAtWork = false): void {
    if (othersAtWork || this.#idle.length < this.#working) return;
    for (const rank of this.#idle) this.#end(rank);
    this.#working = 0;
    this.#idle.length = 0;
  }

  /** Says what was not done; with 'collect' throws it. */
  finish(): void {
    const missing = this.dispenser.remaining();
    if (this.onError === 'collect') {
      if (this.left.length > 0) throw failures(this.left);
    } else {
      for (const { index, rank } of this.left) {
        process.stderr.write(`flotilla: rank ${rank} left the loop at item ${index}\n`);
      }
    }
    if (missing.length > 0) {
      process.stderr.write(`flotilla: warning: nobody took ${missing.length} items: ${list(missing)}\n`);
    }
  }

  #hear(rank: number): void {
    const [say, a, b, c, d, e] = this.#heard as unknown as [number, number, number, number, number, number];
    if (say === Say.LEAVE) {
      this.leave(rank, a, { start: b, end: c }, { start: d, end: e });
      return;
    }
    this.progress.add(b);
    // Who works itself answers late, and had better give what there is.
    const range = say === Say.ASK || this.atWork ? this.dispenser.take(a) : this.dispenser.takeAhead(a);
    if (range === undefined && say === Say.ASK) {
      this.#idle.push(rank);
      this.settle(this.atWork);
    } else {
      this.#send(rank, range ?? { start: 0, end: 0 });
    }
  }

  /** True while this rank itself works on items of the loop. */
  atWork = false;

  /** A worker (or this rank) goes at an item, and what it held goes to others. */
  leave(rank: number, index: number, ...rests: readonly Range[]): void {
    this.left.push(new ItemError(index, rank, 'its body was left by an error or a break'));
    for (const rest of rests) this.dispenser.giveBack(rest);
    if (rank !== this.channel.comm.rank) this.#working--;
    while (this.#idle.length > 0) {
      const range = this.dispenser.take(NaN);
      if (range === undefined) break;
      this.#send(this.#idle.shift()!, range);
    }
    this.settle(this.atWork);
  }

  #send(rank: number, { start, end }: Range): void {
    this.#answer.set([start, end, 0]);
    this.channel.comm.Send(this.#answer, rank, this.channel.tag);
  }

  #end(rank: number): void {
    const { comm, tag } = this.channel;
    const told = this.onError === 'collect' ? this.left : [];
    this.#answer.set([END, told.length, 0]);
    comm.Send(this.#answer, rank, tag);
    if (told.length > 0)
      comm.send(
        told.map(({ index, rank: who, message }) => ({ index, rank: who, message })),
        rank,
        tag,
      );
  }
}

/** The AggregateError that ends a loop with failed items. */
export function failures(errors: readonly ItemError[]): AggregateError {
  const sorted = [...errors].sort((a, b) => a.index - b.index);
  const indices = sorted.map(({ index }) => index);
  return new AggregateError(
    sorted,
    `${sorted.length} item${sorted.length === 1 ? '' : 's'} failed: ${list(indices)}`,
  );
}

const SHOWN = 20;
const list = (indices: readonly number[]) =>
  indices.slice(0, SHOWN).join(', ') + (indices.length > SHOWN ? ', …' : '');
