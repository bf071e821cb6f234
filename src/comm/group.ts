import { MpiError, type MpiErrorCode } from '../fabric/error.ts';
import type { Fabric } from '../fabric/fabric.ts';
import { PROC_NULL, UNDEFINED } from './constants.ts';

/** How two groups, or the groups of two communicators, relate. */
export type Comparison = 'IDENT' | 'CONGRUENT' | 'SIMILAR' | 'UNEQUAL';

/**
 * Processes in an order (MPI 4.1 §7.3): what a communicator is made of, without a way to talk. Get one from `comm.group()`, choose, and
 * give it to `comm.create(group)`. Everything here is local: nothing is sent. Errors are MpiErrors: ERR_RANK for a rank that is not in
 * the group or comes twice.
 */
export class Group {
  /** Number of members; 0 for the empty group. */
  readonly size: number;
  /** The rank of this process in the group; UNDEFINED when it is no member (§7.3.1). */
  readonly rank: number;
  readonly #fabric: Fabric;
  readonly #members: Int32Array;

  /** @internal `members` are process numbers, see Carrier.members. */
  constructor(fabric: Fabric, members: Int32Array) {
    this.#fabric = fabric;
    this.#members = members;
    this.size = members.length;
    this.rank = rankOf(members, fabric.world.members()[fabric.world.rank]!);
  }

  /** The members' ranks in `world()`, in the order of the group; UNDEFINED for a process of another world (a spawned one, or a parent). */
  get ranks(): number[] {
    const world = this.#fabric.world.members();
    return Array.from(this.#members, (member) => rankOf(world, member));
  }

  /** The members with these ranks, in this order (§7.3.2 MPI_Group_incl). */
  include(ranks: readonly number[]): Group {
    this.#check('include', ranks);
    return this.#of(ranks.map((rank) => this.#members[rank]!));
  }

  /** All but the members with these ranks (§7.3.2 MPI_Group_excl). */
  exclude(ranks: readonly number[]): Group {
    this.#check('exclude', ranks);
    const out = new Set(ranks);
    return this.#of(this.#members.filter((_, rank) => !out.has(rank)));
  }

  /** All members of this group, then those of the other that are not in this one (§7.3.2). */
  union(other: Group): Group {
    return this.#of([...this.#members, ...other.difference(this).#members]);
  }

  /** The members that are in the other group too, in the order of this one (§7.3.2). */
  intersection(other: Group): Group {
    return this.#of(this.#members.filter((member) => other.#members.includes(member)));
  }

  /** The members that are not in the other group (§7.3.2). */
  difference(other: Group): Group {
    return this.#of(this.#members.filter((member) => !other.#members.includes(member)));
  }

  /** What these ranks are in the other group: UNDEFINED for who is not in it; PROC_NULL stays (§7.3.1). */
  translateRanks(ranks: readonly number[], other: Group): number[] {
    const real = ranks.filter((rank) => rank !== PROC_NULL);
    for (const rank of real) this.#check('translateRanks', [rank]);
    return ranks.map((rank) =>
      rank === PROC_NULL ? PROC_NULL : rankOf(other.#members, this.#members[rank]!),
    );
  }

  /** IDENT: the same members in the same order. SIMILAR: in another order. UNEQUAL otherwise (§7.3.1). */
  compare(other: Group): Exclude<Comparison, 'CONGRUENT'> {
    return compareMembers(this.#members, other.#members);
  }

  /** @internal The members' ranks in a communicator with these members; UNDEFINED for others. */
  within(members: Int32Array): number[] {
    return Array.from(this.#members, (member) => rankOf(members, member));
  }

  #of(members: ArrayLike<number>): Group {
    return new Group(this.#fabric, Int32Array.from(members));
  }

  #check(operation: string, ranks: readonly number[]): void {
    const seen = new Set<number>();
    for (const rank of ranks) {
      if (rank >>> 0 !== rank || rank >= this.size)
        throw this.#refuse('ERR_RANK', operation, `the group of ${this.size} has no rank ${String(rank)}`);
      if (seen.has(rank)) throw this.#refuse('ERR_RANK', operation, `rank ${rank} is named twice`);
      seen.add(rank);
    }
  }

  #refuse(code: MpiErrorCode, operation: string, message: string): MpiError {
    return new MpiError(code, message, { operation, rank: this.#fabric.world.rank });
  }
}

/** @internal As Group.compare, of process numbers. */
export function compareMembers(left: Int32Array, right: Int32Array): Exclude<Comparison, 'CONGRUENT'> {
  if (left.length !== right.length) return 'UNEQUAL';
  if (left.every((member, rank) => member === right[rank])) return 'IDENT';
  const members = new Set(right);
  return left.every((member) => members.has(member)) ? 'SIMILAR' : 'UNEQUAL';
}

function rankOf(members: Int32Array, member: number): number {
  const rank = members.indexOf(member);
  return rank < 0 ? UNDEFINED : rank;
}
