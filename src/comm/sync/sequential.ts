import type { Carrier } from '../../fabric/fabric.ts';
import { CommunicatorBase } from '../base.ts';
import type { Communicator } from '../communicator.ts';
import { Handle } from '../handle.ts';
import type { Request } from '../request.ts';
import { Hold } from './hold.ts';
import { checkUnused } from './shared-words.ts';
import { come, hear, hearLater, tell } from './messages.ts';

const TURN = 0;

/**
 * A section that ranks go through one after the other, in rank order, as `Sequential` of mpi4py.util.sync: each waits for
 * the one below, and lets the one above go on by releasing. A rank that comes a second time waits only for the second
 * time of the rank below: rank 0 for nobody. A barrier between keeps passes apart.
 *
 * @example
 * const inOrder = Sequential.create(comm);
 * {
 *   using turn = inOrder.begin(); // or `await inOrder.ibegin()`
 *   console.log(`rank ${comm.rank}`);
 * }
 * inOrder.free();
 */
export class Sequential extends Handle {
  #state: 'outside' | 'waiting' | 'inside' = 'outside';
  #turn: Hold | undefined;

  private constructor(carrier: Carrier) {
    super(carrier);
  }

  /** Collective. */
  static create(comm: Communicator): Sequential {
    return new Sequential(CommunicatorBase.begin(comm, 'Sequential.create').dup('sequential'));
  }

  /**
   * Waits for the end of the rank below.
   *
   * @throws MpiError ERR_RMA_SYNC when this rank is in the section already, or waits for its turn.
   */
  begin(): Hold {
    const { rank } = this.#enterOutside('Sequential.begin');
    if (rank > 0) hear(this.carrier, rank - 1, TURN);
    return this.#take();
  }

  /** As `begin`, with a request that is complete when it is this rank's turn. It cannot be cancelled. */
  ibegin(): Request<Hold> {
    const { carrier } = this;
    const { rank } = this.#enterOutside('Sequential.ibegin');
    this.#state = 'waiting';
    const take = () => this.#take();
    return rank === 0 ? come(take) : hearLater(carrier, rank - 1, TURN, take);
  }

  /**
   * Lets the rank above begin.
   *
   * @throws MpiError ERR_RMA_SYNC when this rank is not in the section.
   */
  end(): void {
    this.enter('Sequential.end');
    const { rank, size } = this.carrier;
    if (this.#state !== 'inside') throw this.refuse('ERR_RMA_SYNC', 'this rank is not in the section');
    this.#state = 'outside';
    this.#turn = undefined;
    if (rank + 1 < size) tell(this.carrier, rank + 1, TURN);
  }

  /** Collective: the end of it, when all have gone through equally often. */
  free(): void {
    this.enter('Sequential.free');
    const inUse =
      this.#state === 'outside' ? undefined : 'this rank is in the section, or waits for its turn';
    checkUnused(this.carrier, inUse, 'the section');
    this.carrier.free();
    this.endWith('the section has been freed');
  }

  #enterOutside(operation: string): Carrier {
    this.enter(operation);
    if (this.#state === 'outside') return this.carrier;
    const words = this.#state === 'inside' ? 'is in the section already' : 'waits for its turn already';
    throw this.refuse('ERR_RMA_SYNC', `this rank ${words}`);
  }

  #take(): Hold {
    this.#state = 'inside';
    const turn: Hold = new Hold(() => {
      if (this.#turn === turn) this.end();
    });
    this.#turn = turn;
    return turn;
  }
}
