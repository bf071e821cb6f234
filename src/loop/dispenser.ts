/** Indices from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What is handed out: as many places as are known to have items. */
export interface Supply {
  readonly length: number | undefined;
  readonly known: number;
  readAhead(end: number): void;
}

/** A range is to take about so long: longer than it takes to ask for it, short beside any imbalance that matters. */
const RANGE_SECONDS = 200e-6;

/**
 * Of short items a range may be this part of what is left for one worker, so that on a machine with no core to spare the master seldom
 * interrupts a worker (guided self-scheduling, Polychronopoulos and Kuck 1987).
 */
const RANGE_PART = 0.2;

/** Items shorter than this are short. */
const SHORT_SECONDS = 2e-3;

/**
 * As long as so many items are left for each worker, one may have the next before it has done its last, so that it need not wait for the answer:
 * what it holds while it is busy for long is done before the loop ends all the same. Later each item goes to who is free.
 */
const ITEMS_AHEAD = 8;

/** Of an iterator as many items are read ahead for each worker. */
const READ_AHEAD = 256;

/** Hands out the places of items, each once. */
export class Dispenser {
  readonly #returned: Range[] = [];
  #next = 0;

  constructor(
    readonly supply: Supply,
    readonly workers: number,
    /** Once it is aborted nothing more is handed out. */
    readonly signal?: AbortSignal | undefined,
  ) {}

  get stopped(): boolean {
    return this.signal?.aborted ?? false;
  }

  /** Items left, as far as they are known. */
  get left(): number {
    return this.#returned.reduce((sum, { start, end }) => sum + end - start, this.supply.known - this.#next);
  }

  /** Place below which nothing is left to hand out. */
  get floor(): number {
    return this.#returned.reduce((least, { start }) => Math.min(least, start), this.#next);
  }

  /** What a worker gets that is not done yet: nothing when the items left, of `seconds` each, are few and not short. */
  takeAhead(seconds: number): Range | undefined {
    if (seconds < SHORT_SECONDS || this.left > ITEMS_AHEAD * this.workers) return this.take(seconds);
    return undefined;
  }

  /** Some indices for a worker whose items take `seconds` each (unknown: NaN); undefined when none are left. */
  take(seconds: number): Range | undefined {
    if (this.stopped) return undefined;
    const returned = this.#returned.pop();
    if (returned) return returned;
    this.supply.readAhead(this.#next + READ_AHEAD * this.workers);
    const known = this.supply.known - this.#next;
    if (known === 0) return undefined;
    const fair = Math.floor(known / (2 * this.workers));
    const left = (RANGE_PART * known) / this.workers;
    const wanted = seconds < SHORT_SECONDS ? Math.floor(Math.max(RANGE_SECONDS / seconds, left)) : 1;
    const start = this.#next;
    this.#next += Math.max(1, Math.min(wanted, fair));
    return { start, end: this.#next };
  }

  /** Takes back what a worker did not get to. */
  giveBack(range: Range): void {
    if (range.end > range.start) this.#returned.push(range);
  }

  /** What nobody took, as far as it is known; `further`: there may be more. */
  remaining(): { readonly indices: number[]; readonly further: boolean } {
    const rest = [...this.#returned, { start: this.#next, end: this.supply.known }];
    const indices = rest
      .flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i))
      .sort((a, b) => a - b);
    return { indices, further: this.supply.length === undefined };
  }
}
