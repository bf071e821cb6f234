/** Many messages at once: non-blocking sends, receives posted before or found by probes, complete at some later time. */
import { Status, waitAll, type Communicator, type Request } from 'flotilla';
import type { Dice } from './dice.ts';
import {
  checkBytes,
  checkParcel,
  Due,
  isValue,
  MOST_WILD_BYTES,
  parcel,
  payload,
  WILD,
  type Message,
  type Parcel,
} from './messages.ts';

export class Burst {
  readonly #comm: Communicator;
  readonly #dice: Dice;
  readonly #sends: Request<void>[] = [];
  readonly #due: Due;
  /** Receives under way, each with what checks it once it is complete. */
  readonly #receives: (() => Promise<void> | void)[] = [];
  /** Messages to be found by probes. */
  #unposted = 0;

  /** Starts all sends and a part of the receives. `dice` are this rank's own. */
  constructor(comm: Communicator, messages: readonly Message[], dice: Dice) {
    this.#comm = comm;
    this.#dice = dice;
    const mine = messages.filter(({ dest }) => dest === comm.rank);
    this.#due = new Due(mine);
    const early = dice.below(2) === 0;
    if (early) this.#post(mine);
    for (const message of messages) if (message.source === comm.rank) this.#send(message);
    if (!early) this.#post(mine);
  }

  #send(message: Message): void {
    const { dest, tag } = message;
    const synchronous = this.#dice.below(4) === 0;
    if (isValue(tag)) {
      const value = parcel(message);
      this.#sends.push(
        synchronous ? this.#comm.issend(value, dest, tag) : this.#comm.isend(value, dest, tag),
      );
    } else {
      const array = payload(message);
      this.#sends.push(
        synchronous ? this.#comm.Issend(array, dest, tag) : this.#comm.Isend(array, dest, tag),
      );
    }
  }

  /** Requests for all that comes with a wild tag, and for some of the rest by its source. */
  #post(mine: readonly Message[]): void {
    for (const { source, tag } of mine) {
      if (tag === WILD.value) this.#postWildValue();
      else if (tag === WILD.memory) this.#postWildMemory();
      else if (this.#dice.below(2) === 0) this.#postExact(this.#due.next(source, tag));
      else this.#unposted++;
    }
  }

  #postExact(expected: Message): void {
    const { source, tag, bytes } = expected;
    if (isValue(tag)) {
      const request = this.#comm.irecv<Parcel>(source, tag);
      const awaited = this.#dice.below(2) === 0;
      this.#receives.push(
        awaited
          ? async () => checkParcel(await request, expected)
          : () => checkParcel(request.wait(), expected),
      );
    } else {
      const array = new Uint8Array(bytes + this.#dice.below(3));
      const request = this.#comm.Irecv(array, source, tag);
      this.#receives.push(() => {
        const status = new Status();
        request.wait(status);
        checkBytes(array.subarray(0, status.count()), expected);
      });
    }
  }

  /** Which message it takes is known when it is complete; requests of one tag take those of one source in order. */
  #postWildValue(): void {
    const request = this.#comm.irecv<Parcel>(undefined, WILD.value);
    this.#receives.push(() => {
      const status = new Status();
      const got = request.wait(status);
      checkParcel(got, this.#due.next(status.source, WILD.value));
    });
  }

  #postWildMemory(): void {
    const array = new Uint8Array(MOST_WILD_BYTES);
    const request = this.#comm.Irecv(array, undefined, WILD.memory);
    this.#receives.push(() => {
      const status = new Status();
      request.wait(status);
      checkBytes(array.subarray(0, status.count()), this.#due.next(status.source, WILD.memory));
    });
  }

  /** Receives what no request was posted for as it comes, and completes everything. */
  async finish(): Promise<void> {
    const waiting = this.#receives.values();
    let unposted = this.#unposted;
    for (let open = this.#receives.length; open + unposted > 0;) {
      if (unposted > 0 && (open === 0 || this.#dice.below(2) === 0)) {
        this.#takeNext();
        unposted--;
      } else {
        await waiting.next().value!();
        open--;
      }
    }
    waitAll(this.#sends);
  }

  #takeNext(): void {
    const comm = this.#comm;
    const way = this.#dice.below(3);
    if (way === 0) {
      const message = comm.mprobe();
      const { source, tag } = message.status;
      const expected = this.#due.next(source, tag);
      if (isValue(tag)) checkParcel(message.recv<Parcel>(), expected);
      else {
        const array = new Uint8Array(message.status.count());
        message.Recv(array);
        checkBytes(array, expected);
      }
      return;
    }
    let found = way === 1 ? comm.probe() : comm.iprobe();
    while (found === null) found = comm.iprobe();
    const { source, tag } = found;
    const expected = this.#due.next(source, tag);
    if (isValue(tag)) checkParcel(comm.recv<Parcel>(source, tag), expected);
    else {
      const array = new Uint8Array(found.count() + this.#dice.below(3));
      const status = new Status();
      comm.Recv(array, source, tag, status);
      checkBytes(array.subarray(0, status.count()), expected);
    }
  }
}
