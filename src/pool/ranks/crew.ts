import { ANY_SOURCE, Status, type Communicator, type Request } from '../../comm/index.ts';
import type { Dispatcher } from '../dispatcher.ts';
import { PoolError, unpackThrown } from '../error.ts';
import type { PoolOptions } from '../executor.ts';
import { Member } from '../member.ts';
import { Say, type Reply } from '../protocol.ts';
import { referenceOf } from '../task.ts';
import { blockUntil, GRACE_MS, notBack, watchGrace } from './grace.ts';
import { RankLink } from './link.ts';
import type { Place } from './place.ts';
import { CONTROL_TAG, openChannels, POOL_TAG, type Begin, type Channels } from './protocol.ts';

/** Answers taken in before the event loop has its turn. */
const AT_A_TIME = 64;

/** Set when a rank has left: then the ranks can serve no other pool. */
let crippled: string | undefined;

/** The ranks other than 0 of a job whose rank 0 runs the script. */
export class Ranks {
  readonly size: number;
  readonly #place: Place;
  readonly #dispatcher: Dispatcher;
  readonly #channels: Channels;
  readonly #members: Member[] = [];
  readonly #links: RankLink[] = [];
  /** Those who have not said that they are ready. */
  #starting: number;
  #left = 0;
  #expecting = false;
  #ending = false;
  /** Watched until they come back. */
  readonly #stuck = new Set<Member>();
  /** The ranks are no more. */
  #over = false;
  #listening: Promise<void> | undefined;
  #pending: Request<Reply> | undefined;
  /** Words to itself on their way. */
  #wakes = 0;
  readonly #status = new Status();

  constructor(dispatcher: Dispatcher, options: PoolOptions, place: Place, size: number) {
    if (crippled !== undefined)
      throw new PoolError('ERR_MODE', `the ranks cannot form a pool any more: ${crippled}`);
    const { world } = place;
    this.#dispatcher = dispatcher;
    this.#place = place;
    this.size = size;
    this.#starting = this.size;
    this.#channels = this.#begin(options, world);
    for (let rank = 0; rank < this.size; rank++) {
      const link = new RankLink(this.#channels.comm, rank);
      this.#links.push(link);
      this.#members.push(new Member(link));
    }
    place.user = { lose: (worker) => this.#lose(worker), part: (patient) => this.#part(patient) };
  }

  expect(answers: boolean): void {
    this.#expecting = answers;
    if (answers && !this.#over) this.#listening ??= this.#listen();
    if (this.#pending && !this.#over && !this.#awaiting()) this.#wake();
  }

  stuck(members: readonly Member[], what: string): void {
    // The first reason given is the one that is told, should there be another while this time runs.
    const watched = members.filter((member) => !this.#stuck.has(member));
    for (const member of watched) this.#stuck.add(member);
    // Nothing else may be expected, and that they come back must be heard.
    if (watched.length > 0 && !this.#over) this.#listening ??= this.#listen();
    const inside = () => {
      const owing = watched.filter((member) => this.#dispatcher.owes(member));
      for (const member of watched) if (!owing.includes(member)) this.#stuck.delete(member);
      if (this.#pending && !this.#over && !this.#awaiting()) this.#wake();
      return owing.map(({ rank }) => rank);
    };
    watchGrace(inside, (workers) => {
      process.stderr.write(`flotilla: ${what}: ${notBack(workers)}\n`);
      this.#place.abort();
    });
  }

  async end(): Promise<void> {
    this.#ending = true;
    if (!this.#over) await (this.#listening ?? this.#listen());
    this.#place.user = undefined;
    if (!this.#over) this.#dismiss();
  }

  /**
   * A receive that is awaited keeps the program alive. Cancelling one is not safe in every MPI (Open MPI
   * 4.1 may crash), so a word to oneself completes it.
   */
  #wake(): void {
    const { comm } = this.#channels;
    comm.send([Say.PONG] satisfies Reply, comm.rank, POOL_TAG);
    this.#wakes++;
  }

  #begin(options: PoolOptions, world: Communicator): Channels {
    const { concurrency = 1, initializer, initializerArgs = [] } = options;
    const reference = initializer && referenceOf(initializer);
    for (let rank = 1; rank < world.size; rank++) {
      const begin: Begin = {
        active: rank <= this.size,
        concurrency,
        initializer: reference,
        initializerArgs,
      };
      world.isend(begin, rank, CONTROL_TAG).free();
    }
    return openChannels(world, false);
  }

  #dismiss(): void {
    const { comm } = this.#channels;
    for (const member of this.#members) {
      if (!this.#gone.has(member)) comm.send([Say.END, this.#left === 0], member.rank + 1, POOL_TAG);
    }
    for (; this.#wakes > 0; this.#wakes--) comm.recv(comm.rank, POOL_TAG);
    if (this.#left === 0) comm.free();
  }

  readonly #gone = new Set<Member>();

  /** The script ends and has not closed the pool: nobody may be left waiting. */
  #part(patient: boolean): boolean {
    if (this.#over || (!patient && this.#owed() > 0)) return false;
    const { comm } = this.#channels;
    const here = () => (this.#pending ? this.#pending.test() : comm.iprobe(ANY_SOURCE, POOL_TAG) !== null);
    for (let owed = this.#owed(); owed > 0;) {
      if (!blockUntil(here)) {
        process.stderr.write(
          `flotilla: the script has ended, and a task did not within ${GRACE_MS / 1000} s\n`,
        );
        this.#place.abort();
        return false;
      }
      const status = this.#status;
      const reply = this.#pending
        ? this.#pending.wait(status)
        : comm.recv<Reply>(ANY_SOURCE, POOL_TAG, status);
      this.#pending = undefined;
      if (reply[0] === Say.BEGUN || reply[0] === Say.PONG) continue;
      owed -= reply[0] === Say.GONE ? this.#members[status.source - 1]!.owed.size : 1;
    }
    for (const member of this.#members)
      if (!this.#gone.has(member)) comm.send([Say.END, false], member.rank + 1, POOL_TAG);
    return true;
  }

  /** Answers that are to come. */
  #owed(): number {
    let owed = this.#starting;
    for (const member of this.#members) if (!this.#gone.has(member)) owed += member.owed.size;
    return owed;
  }

  /**
   * Whether an answer is to come: a rank that starts says so too, and must be heard before the end, as must one that is
   * watched.
   */
  #awaiting(): boolean {
    const starting = this.#ending && this.#starting > 0;
    return !this.#over && (this.#expecting || starting || this.#stuck.size > 0);
  }

  async #listen(): Promise<void> {
    const { comm } = this.#channels;
    while (this.#awaiting()) {
      this.#pending = comm.irecv<Reply>(ANY_SOURCE, POOL_TAG);
      const reply = await this.#pending.then(undefined, (error: unknown) => {
        if (!this.#over) throw error;
      });
      if (reply === undefined) return;
      const { source } = this.#pending.status;
      this.#pending = undefined;
      this.#hear(reply, source);
      for (let i = 0; i < AT_A_TIME && this.#awaiting() && comm.iprobe(ANY_SOURCE, POOL_TAG) !== null; i++) {
        const next = comm.recv<Reply>(ANY_SOURCE, POOL_TAG, this.#status);
        this.#hear(next, this.#status.source);
      }
    }
    this.#listening = undefined;
  }

  /** The ranks have ended, this worker first. */
  #lose(first: number | undefined): void {
    this.#over = true;
    const who = first === undefined ? 'its processes have ended' : `the process of worker ${first} has ended`;
    crippled = `${who}, and MPI starts once in a process`;
    // The first one first, so that what is said of it comes before what followed from it.
    const members = [...this.#members].sort((a, b) => Number(b.rank === first) - Number(a.rank === first));
    for (const member of members.filter((each) => !this.#gone.has(each))) {
      this.#gone.add(member);
      const its = first === undefined || member.rank === first;
      const why = its ? 'its process has ended' : `${who}, and the job with it`;
      if (member.rank === first || member.owed.size > 0) this.#dispatcher.lost(member, why, undefined, false);
      else this.#dispatcher.retire(member);
    }
    this.#dispatcher.exhausted();
  }

  #hear(reply: Reply, source: number): void {
    if (reply[0] === Say.PONG) {
      this.#wakes--;
      return;
    }
    const rank = source - 1;
    const member = this.#members[rank]!;
    switch (reply[0]) {
      case Say.READY:
        this.#starting--;
        this.#dispatcher.joined(member);
        break;
      case Say.BROKEN:
        this.#starting--;
        this.#dispatcher.unfit(rank, unpackThrown(reply[1], rank));
        break;
      case Say.GONE:
        this.#hearGone(member, rank, reply[1], reply[2]);
        break;
      default:
        this.#dispatcher.heard(member, reply);
    }
  }

  #hearGone(member: Member, rank: number, code: number, begun: readonly number[]): void {
    crippled = `the rank of worker ${rank} has ended`;
    this.#left++;
    this.#gone.add(member);
    this.#links[rank]!.left(begun);
    this.#dispatcher.lost(member, `it ended with exit code ${code}`, undefined, false);
    if (this.#left === this.size) this.#dispatcher.exhausted();
  }
}
