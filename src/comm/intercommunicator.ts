import type { Carrier, Joined } from '../fabric/fabric.ts';
import { Communicator } from './communicator.ts';
import { Group } from './group.ts';
import { InterCollectives } from './intercollectives.ts';

/**
 * Two groups that talk to each other (MPI 4.1 §7.6): `rank` and `size` are of the own group, and messages go to and come from ranks of the
 * other. Get one from `comm.createIntercomm`, from `comm.spawn`, or, in a spawned rank, from `parent()`.
 */
export class Intercommunicator extends InterCollectives {
  readonly #joined: Joined;
  readonly #local: Carrier;

  /** @internal `local` is for this communicator alone. */
  constructor(joined: Joined, local: Carrier, name: string) {
    super(joined, local, name);
    this.#joined = joined;
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
    const { union, low } = this.#joined;
    const members = union.members();
    return new Group(union.fabric, low ? members.slice(this.size) : members.slice(0, this.remoteSize));
  }

  /**
   * Collective over both groups: one communicator of all (§7.6.2 MPI_Intercomm_merge). The group that says `high` comes behind the other; when
   * both say the same, the order is the fabric's choice, the same on every rank. All of one group say the same.
   */
  merge(high: boolean): Communicator {
    this.enter('merge');
    const { union } = this.#joined;
    union.operation = 'merge';
    return new Communicator(union.split(0, (high ? union.size : 0) + union.rank)!, `${this.name}/merge`);
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

  #letGo(operation: string): Joined {
    const { union } = this.#joined;
    this.enter(operation);
    this.markFreed();
    union.operation = this.#local.operation = operation;
    return this.#joined;
  }
}
