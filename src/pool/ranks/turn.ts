import type { Crew } from '../crew.ts';
import type { Dispatcher } from '../dispatcher.ts';
import { PoolError } from '../error.ts';
import type { PoolMode, PoolOptions } from '../executor.ts';
import type { Member } from '../member.ts';
import type { Ranks } from './crew.ts';
import type { Place } from './place.ts';

/** The last pool that asked for the ranks, until it is over. */
let last: { readonly dispatcher: Dispatcher; readonly over: Promise<void> } | undefined;

/**
 * The ranks of a pool from its first task on. They serve one pool at a time: while one closes the next one waits for it.
 */
export class Turn implements Crew {
  readonly mode: PoolMode;
  readonly stops = false;
  readonly size: number;
  readonly #dispatcher: Dispatcher;
  readonly #options: PoolOptions;
  readonly #find: () => Promise<Place>;
  readonly #before: Promise<void> | undefined;
  readonly #leave: () => void;
  #began: Promise<void> | undefined;
  #ranks: Ranks | undefined;
  #expecting = false;
  /** Where nobody else keeps the program from ending while tasks are under way. */
  readonly #keepAlive: NodeJS.Timeout | undefined;

  /** `find` finds the ranks, or throws a PoolError. */
  constructor(
    dispatcher: Dispatcher,
    mode: PoolMode,
    size: number,
    options: PoolOptions,
    find: () => Promise<Place>,
  ) {
    if (last && !last.dispatcher.closed)
      throw new PoolError('ERR_MODE', 'the ranks serve another pool: close that first, or use getPool()');
    this.mode = mode;
    this.size = size;
    this.#dispatcher = dispatcher;
    this.#options = options;
    this.#find = find;
    this.#before = last?.over;
    let leave: () => void = () => undefined;
    const turn = { dispatcher, over: new Promise<void>((resolve) => (leave = resolve)) };
    this.#leave = () => {
      if (last === turn) last = undefined;
      leave();
    };
    last = turn;
    if (mode === 'spawn') this.#keepAlive = setInterval(() => undefined, 2 ** 30).unref();
  }

  grow(): void {
    this.#began ??= this.#begin();
  }

  stop(): void {
    // A rank cannot be ended alone.
  }

  expect(answers: boolean): void {
    this.#expecting = answers;
    if (answers) this.#keepAlive?.ref();
    else this.#keepAlive?.unref();
    this.#ranks?.expect(answers);
  }

  ranks(): undefined {
    return undefined;
  }

  stuck(members: readonly Member[], what: string): void {
    this.#ranks?.stuck(members, what);
  }

  async end(): Promise<void> {
    this.#keepAlive?.ref();
    try {
      await this.#began;
      await this.#ranks?.end();
    } finally {
      clearInterval(this.#keepAlive);
      this.#leave();
    }
  }

  async #begin(): Promise<void> {
    try {
      await this.#before;
      const place = await this.#find();
      const { Ranks } = await import('./crew.ts');
      this.#ranks = new Ranks(this.#dispatcher, this.#options, place, this.size);
      this.#ranks.expect(this.#expecting);
    } catch (error) {
      this.#dispatcher.impossible(error);
    }
  }
}
