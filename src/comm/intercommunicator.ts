import type { Carrier, Joined } from '../fabric/fabric.ts';
import { checkColor } from './colors.ts';
import { Communicator } from './communicator.ts';
import { Group } from './group.ts';
import { allNumbers } from './handle.ts';
import { InterNonblocking } from './internonblocking.ts';

/** The union carries no user's messages that could have it. */
const JOIN_TAG = 0;

/**
 * Two groups that talk to each other (MPI 4.1 §7.6): `rank` and `size` are of the own group, and messages go to and come from ranks of the
 * other. Get one from `comm.createIntercomm`, from `comm.spawn`, or, in a spawned rank, from `parent()`.
 */
export class Intercommunicator extends InterNonblocking {
  readonly #local: Carrier;

  /** @internal `local` is for this communicator alone. */
  constructor(joined: Joined, local: Carrier, name: string) {
    super(joined, local, name);
    this.#local = local;
  }

  /** The own group (§7.3.2 MPI_Comm_group). */
  group(): Group {
    this.enter('group');
    return new Group(this.#local.fabric, this.#local.members());
  }

  /** The other group (§7.6.1 MPI_Comm_remote_group). */
  remoteGroup(): Group {
    this.enter('remoteGroup');
    const { union, low } = this.joined;
    const members = union.members();
    return new Group(union.fabric, low ? members.slice(this.size) : members.slice(0, this.remoteSize));
  }

  /**
   * Collective over both groups: one communicator of all (§7.6.2 MPI_Intercomm_merge). The group that says `high` comes behind the other; when
   * both say the same, the order is the fabric's choice, the same on every rank. All of one group say the same.
   */
  merge(high: boolean): Communicator {
    this.enter('merge');
    const { union } = this.joined;
    union.operation = 'merge';
    return new Communicator(union.split(0, (high ? union.size : 0) + union.rank)!, `${this.name}/merge`);
  }

  /** Collective over both groups: the same groups in a new context (§7.4.2 MPI_Comm_dup). */
  dup(): Intercommunicator {
    this.enter('dup');
    const { union } = this.joined;
    const local = this.#local;
    union.operation = local.operation = 'dup';
    // Both groups first: a rank that calls something else is found there before any waits for it.
    union.barrier();
    return new Intercommunicator(this.#join(local, this.far), local.dup(), `${this.name}/dup`);
  }

  /**
   * Collective over both groups: one new intercommunicator for each color that ranks of both groups give, of those ranks, ordered in each group by key,
   * then by rank here (§7.4.2 MPI_Comm_split). Null for a null color, and where no rank of the other group gives the same.
   */
  split(color: number | null, key: number = this.rank): Intercommunicator | null {
    this.enter('split');
    checkColor(this.joined.across, color, key);
    const { union } = this.joined;
    const local = this.#local;
    union.operation = local.operation = 'split';
    const choices = allNumbers(union, color ?? -1, key);
    const part = local.split(color, key);
    if (part === null) return null;
    const theirs = choices
      .map(([itsColor, itsKey], rank) => ({ itsColor, itsKey: itsKey!, rank }))
      .filter(({ itsColor, rank }) => itsColor === color && this.#isFar(rank))
      .sort((a, b) => a.itsKey - b.itsKey || a.rank - b.rank);
    part.operation = 'split';
    if (theirs.length > 0)
      return new Intercommunicator(this.#join(part, theirs[0]!.rank), part, `${this.name}/split(${color!})`);
    part.free();
    return null;
  }

  /** Collective over both groups: gives it back; later calls throw ERR_COMM (§7.4.3). */
  free(): void {
    const { union, across } = this.#letGo('free');
    union.free();
    this.#local.free();
    across.free();
  }

  /** Collective over both groups: as free, and waits for communication under way; the groups may then end apart (§11.10.4). */
  disconnect(): void {
    const { union, across } = this.#letGo('disconnect');
    union.free();
    this.#local.free();
    across.disconnect();
  }

  #isFar(rank: number): boolean {
    return rank >= this.far && rank < this.far + this.remoteSize;
  }

  /** Some of the own group and those of the other whose first is rank `leader` of the union. */
  #join(local: Carrier, leader: number): Joined {
    const { union, low } = this.joined;
    return local.join(0, local.rank === 0 ? union : null, leader, JOIN_TAG, low);
  }

  #letGo(operation: string): Joined {
    const { union } = this.joined;
    this.enter(operation);
    this.markFreed();
    union.operation = this.#local.operation = operation;
    return this.joined;
  }
}
