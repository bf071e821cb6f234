import { createRanks, watchRanks } from '../../ranks.ts';
import type { Crew } from '../crew.ts';
import type { Dispatcher } from '../dispatcher.ts';
import { unpackThrown } from '../error.ts';
import type { PoolOptions } from '../executor.ts';
import { mean } from '../functions.ts';
import { Member } from '../member.ts';
import { share } from '../memory.ts';
import { Say } from '../protocol.ts';
import { Patience } from '../../internal/index.ts';
import { Waiting } from './ring.ts';
import { defaultWorkers, Thread } from './thread.ts';
import type { Section } from './worker-data.ts';

/** Answers to tasks that lately took less than this are looked for at every turn of the event loop. */
const SHORT_MS = 0.1;

/** Idle workers are looked for at least so often. */
const LONGEST_CHECK_MS = 60_000;

interface Hand {
  readonly thread: Thread;
  readonly member: Member;
  /** Set when its end is our doing. */
  ending: boolean;
  /** Said of it when it was stopped for cause. */
  why: string | undefined;
}

/** Worker threads of this process: started when needed, replaced when lost, ended when idle for long. */
export class Threads implements Crew {
  readonly mode = 'threads';
  readonly stops = true;
  readonly size: number;
  readonly #dispatcher: Dispatcher;
  readonly #options: PoolOptions;
  readonly #hands = new Map<Member, Hand>();
  /** Started and not ready. */
  readonly #starting = new Set<Member>();
  readonly #keepAlive: NodeJS.Timeout;
  readonly #idleCheck: NodeJS.Timeout | undefined;
  #expecting = false;
  #looking = false;
  readonly #patience = new Patience();
  /** Mean milliseconds of the last tasks. */
  #ms = 0;
  #whenGone: (() => void) | undefined;
  #closing = false;
  #section: (Section & { readonly members: readonly Member[] }) | undefined;
  #sections = 0;
  #unwatch: (() => void) | undefined;

  constructor(dispatcher: Dispatcher, options: PoolOptions) {
    this.#dispatcher = dispatcher;
    this.#options = options;
    this.size = options.workers ?? defaultWorkers(options.threadsPerWorker);
    this.#keepAlive = setInterval(() => undefined, 2 ** 30).unref();
    const { idleTimeout } = options;
    if (idleTimeout !== undefined && idleTimeout < Infinity) {
      const every = Math.min(Math.max(1, idleTimeout / 2), LONGEST_CHECK_MS);
      this.#idleCheck = setInterval(() => this.#retire(idleTimeout), every).unref();
    }
    this.grow(options.minWorkers ?? 0);
  }

  grow(wanted: number): void {
    while (this.#hands.size < this.size && this.#starting.size < wanted && !this.#closing) this.#start();
  }

  stop(member: Member, why?: string): void {
    const hand = this.#hands.get(member);
    if (hand) this.#end(hand, why);
  }

  expect(answers: boolean): void {
    this.#expecting = answers;
    if (answers) {
      this.#patience.begin(performance.now());
      for (const { thread } of this.#hands.values()) thread.line.wait(Waiting.NOT);
      this.#look();
    } else {
      this.#unwatch?.();
      this.#unwatch = undefined;
      // No worker may be left whose answer would lead to it.
      this.#holdAlive();
    }
  }

  #holdAlive(): void {
    if (this.#expecting || this.#whenGone) this.#keepAlive.ref();
    else this.#keepAlive.unref();
  }

  ranks(members: readonly Member[]): Section {
    const same = this.#section?.members.every((member, i) => member === members[i]) === true;
    if (!same) {
      const memory = createRanks(members.length);
      share(memory.buffer);
      this.#section = { memory, key: this.#sections++, members };
    }
    const { memory, key } = this.#section!;
    this.#unwatch ??= watchRanks(memory, (report) => {
      for (const member of members) {
        const hand = this.#hands.get(member);
        if (hand) this.#end(hand, report);
      }
    });
    return { memory, key };
  }

  stuck(members: readonly Member[]): void {
    for (const member of members) this.stop(member);
  }

  async end(force: boolean): Promise<void> {
    this.#closing = true;
    clearInterval(this.#idleCheck);
    if (this.#hands.size > 0) {
      this.#keepAlive.ref();
      const gone = new Promise<void>((resolve) => (this.#whenGone = resolve));
      for (const hand of this.#hands.values()) {
        if (force || this.#starting.has(hand.member)) this.#end(hand);
        else this.#dismiss(hand);
      }
      await gone;
    }
    clearInterval(this.#keepAlive);
  }

  #start(): void {
    const rank = this.#freeRank();
    const thread = new Thread(rank, this.#options, {
      news: () => this.#turn(),
      ended: (code, error) => this.#ended(member, code, error),
    });
    const member = new Member(thread);
    this.#hands.set(member, { thread, member, ending: false, why: undefined });
    this.#starting.add(member);
    thread.line.wait(Waiting.IN_LOOP);
  }

  #freeRank(): number {
    const taken = new Set([...this.#hands.keys()].map(({ rank }) => rank));
    let rank = 0;
    while (taken.has(rank)) rank++;
    return rank;
  }

  #end(hand: Hand, why?: string): void {
    if (hand.ending) return;
    hand.ending = true;
    hand.why = why;
    void hand.thread.terminate();
  }

  #dismiss(hand: Hand): void {
    if (hand.ending) return;
    hand.ending = true;
    this.#dispatcher.retire(hand.member);
    hand.thread.send([Say.END, true]);
  }

  #retire(idleTimeout: number): void {
    const now = performance.now();
    let spare = this.#hands.size - (this.#options.minWorkers ?? 0);
    for (const hand of this.#hands.values()) {
      const { thread, member } = hand;
      if (spare <= 0 || member.owed.size > 0 || this.#starting.has(member)) continue;
      if (now - thread.used < idleTimeout) continue;
      this.#dismiss(hand);
      spare--;
    }
  }

  #ended(member: Member, code: number, error: unknown): void {
    const hand = this.#hands.get(member)!;
    this.#drain(hand); // what it said last
    this.#hands.delete(member);
    this.#starting.delete(member);
    if (this.#section?.members.includes(member)) this.#section = undefined;
    const why = hand.why ?? (error instanceof Error ? error.message : `it ended with exit code ${code}`);
    this.#dispatcher.lost(member, why, error, hand.ending && hand.why === undefined);
    if (!this.#closing) this.grow((this.#options.minWorkers ?? 0) - this.#hands.size);
    if (this.#hands.size === 0) this.#whenGone?.();
  }

  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(this.#turn);
  }

  /** Takes in what has been answered; then looks again soon, or sleeps until a worker wakes this thread. */
  readonly #turn = (): void => {
    this.#looking = false;
    let news = false;
    for (const hand of this.#hands.values()) {
      hand.thread.line.wait(Waiting.NOT);
      news = this.#drain(hand) || news;
      hand.thread.line.flush();
    }
    const now = performance.now();
    if (news) this.#patience.rewarded(now);
    if (this.#expecting && this.#ms < SHORT_MS && this.#patience.lasts(now)) this.#look();
    else this.#sleep();
  };

  #sleep(): void {
    this.#holdAlive();
    let news = false;
    for (const { thread } of this.#hands.values()) {
      thread.line.wait(Waiting.IN_LOOP);
      news ||= thread.line.readable() || !thread.line.flush();
    }
    if (news) this.#look();
  }

  #drain({ thread, member }: Hand): boolean {
    const { line } = thread;
    if (!line.readable()) return false;
    while (line.readable()) {
      const reply = thread.receive();
      if (reply[0] === Say.READY) {
        this.#starting.delete(member);
        this.#dispatcher.joined(member);
        continue;
      }
      if (reply[0] === Say.BROKEN) this.#dispatcher.unfit(member.rank, unpackThrown(reply[1], member.rank));
      if (reply[0] === Say.DONE) this.#ms = mean(this.#ms, reply[2]);
      this.#dispatcher.heard(member, reply);
    }
    thread.used = performance.now();
    return true;
  }
}
