import { PROC_NULL } from '../../comm/index.ts';
import type { Field } from '../field.ts';
import type { Grid } from '../grid.ts';
import { connection } from '../storage.ts';
import type { Channel } from './channel.ts';
import { Copies } from './copies.ts';
import { Faces, type FaceExtent } from './faces.ts';
import type { Label } from './label.ts';
import { Mailbox, Mailboxes } from './mailbox.ts';
import { Messages } from './messages.ts';
import { packFace, unpackFace } from './pack.ts';

/** A side of this rank where it meets another, or itself. */
interface Border {
  readonly d: number;
  readonly side: 0 | 1;
  readonly neighbor: number;
  channel: Channel;
}

/** Halos of one grid: who the neighbors are and what carries messages to each. One message a neighbor and direction for all fields. */
export class Exchange {
  readonly #faces: Faces;
  readonly #borders: readonly Border[];
  #mailboxes: Mailboxes | undefined;
  #calls = 0;
  readonly #throughMemory: boolean;

  constructor(readonly grid: Grid) {
    this.#faces = new Faces(grid);
    const { topology, architecture } = grid;
    this.#throughMemory = architecture.exchange === 'auto' && topology.node.size > 1;
    this.#borders = topology.neighbors.flatMap(([low, high], d) => {
      if (!grid.connects(d)) return [];
      const copies = Copies.pair(grid.type);
      return ([0, 1] as const)
        .map((side): Border => {
          const neighbor = side === 0 ? low : high;
          const channel = neighbor === topology.comm.rank ? copies[side] : this.#messages(d, side, neighbor);
          return { d, side, neighbor, channel };
        })
        .filter((border) => border.neighbor !== PROC_NULL);
    });
  }

  /** A launch begins: messages have its number, so that ranks that make different ones find out. */
  count(): void {
    this.#calls++;
  }

  /** Exchanges all faces at once; corners are not valid afterwards. */
  faces(fields: readonly Field[], label: Label): void {
    this.begin(fields, label);
    this.finish(fields, label);
  }

  /** Begins to exchange all faces. From here on fields count as filled, though they are only when `finish` has returned. */
  begin(fields: readonly Field[], label: Label): void {
    this.#begin(fields, 'bare', label);
    this.#done(fields, false);
  }

  /** Whether all that `begin` waits for is here; moves messages on. */
  arrived(): boolean {
    return this.#borders.every(({ channel }) => channel.arrived());
  }

  /** Waits for what `begin` has begun. */
  finish(fields: readonly Field[], label: Label): void {
    this.#finish(fields, 'bare', label);
  }

  /** Whether this rank exchanges messages: with other nodes, and not through memory. */
  get hasMessages(): boolean {
    const { comm, onNode } = this.grid.topology;
    return this.#borders.some(
      ({ neighbor }) => neighbor !== comm.rank && (!this.#throughMemory || onNode[neighbor]! < 0),
    );
  }

  /**
   * Dimension by dimension, last first, corners too.
   *
   * @param walls whether conditions are applied on the way
   */
  all(fields: readonly Field[], label: Label, walls: boolean): void {
    const extent = walls ? 'full' : 'joined';
    for (let d = this.grid.dims - 1; d >= 0; d--) {
      this.#begin(fields, extent, label, d);
      this.#finish(fields, extent, label, d);
      if (walls) for (const field of fields) field.applyWalls(d);
    }
    if (walls) for (const field of fields) field.applyWalls();
    this.#done(fields, true);
  }

  #begin(fields: readonly Field[], extent: FaceExtent, label: Label, d?: number): void {
    if (this.#throughMemory) this.#makeRoom(fields.length, label);
    this.#post(fields, extent, label, d);
  }

  #post(fields: readonly Field[], extent: FaceExtent, label: Label, d?: number): void {
    const { pitch, plane } = this.grid.shape;
    for (const { d: along, side, channel } of this.#borders) {
      if (d !== undefined && d !== along) continue;
      let length = 0;
      for (const field of fields) length += this.#faces.of(field.place, along, side, extent).length;
      const { label: words, elements } = channel.open(length);
      label.write(words, this.#calls);
      let at = 0;
      for (const { place, data } of fields)
        at = packFace(data, this.#faces.of(place, along, side, extent), pitch, plane, elements, at);
      channel.post();
    }
  }

  #finish(fields: readonly Field[], extent: FaceExtent, label: Label, d?: number): void {
    const { pitch, plane } = this.grid.shape;
    const { rank } = this.grid.topology.comm;
    for (const { d: along, side, channel, neighbor } of this.#borders) {
      if (d !== undefined && d !== along) continue;
      const { label: words, elements } = channel.take();
      label.check(words, this.#calls, rank, neighbor);
      let at = 0;
      for (const { place, data } of fields)
        at = unpackFace(data, this.#faces.of(place, along, side, extent), pitch, plane, elements, at);
      channel.close();
    }
  }

  #done(fields: readonly Field[], corners: boolean): void {
    const { grid } = this;
    grid.traffic.exchanges++;
    grid.traffic.fields += fields.length;
    for (const { storage } of fields) {
      storage.corners = corners || !grid.anyConnection;
      for (let d = 0; d < grid.dims; d++) {
        if (!grid.connects(d)) continue;
        storage.depth[connection(d, 0)] = grid.halo;
        storage.depth[connection(d, 1)] = grid.halo;
      }
    }
  }

  /** Mailboxes that hold the faces of so many fields. All ranks decide alike, by the rank with the most cells. */
  #makeRoom(fields: number, label: Label): void {
    const { grid } = this;
    const most = grid.global.map((n, e) => Math.ceil(n / grid.topology.dims[e]!) + 1 + 2 * grid.halo);
    const area = (d: number) => most.reduce((product, n, e) => (e === d ? product : product * n), grid.halo);
    const needed = fields * Math.max(...most.map((_, d) => area(d)));
    const capacity = this.#mailboxes?.capacity ?? 0;
    if (capacity >= needed) return;
    // Ranks that make different launches must not meet in what follows: they find out by an exchange of nothing.
    this.#post([], 'bare', label);
    this.#finish([], 'bare', label);
    this.#mailboxes?.free();
    this.#mailboxes = new Mailboxes(grid.topology.node, Math.max(needed, 2 * capacity), grid.type);
    for (const border of this.#borders)
      border.channel = this.#mailbox(border, this.#mailboxes) ?? border.channel;
  }

  #mailbox({ d, side, neighbor }: Border, mailboxes: Mailboxes): Mailbox | undefined {
    const { comm, nodeRank, onNode } = this.grid.topology;
    const there = onNode[neighbor]!;
    if (neighbor === comm.rank || there < 0) return undefined;
    const theirs = mailboxes.box(there, 2 * d + (1 - side));
    return new Mailbox(comm, neighbor, this.#tags(d, side), mailboxes.box(nodeRank, 2 * d + side), theirs);
  }

  #messages(d: number, side: 0 | 1, neighbor: number): Messages {
    return new Messages(this.grid.topology.comm, neighbor, this.#tags(d, side), this.grid.type);
  }

  /** What leaves on one side comes in on the other of the neighbor. Grids of one architecture keep their messages apart. */
  #tags(d: number, side: 0 | 1): [number, number] {
    const first = 8 * (this.grid.id % 2048);
    return [first + 2 * d + side, first + 2 * d + (1 - side)];
  }
}
