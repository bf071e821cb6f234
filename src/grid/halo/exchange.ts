import { PROC_NULL } from '../../comm/index.ts';
import type { Field } from '../field.ts';
import { GpuMover } from '../gpu/mover.ts';
import type { Grid } from '../grid.ts';
import { connection } from '../storage.ts';
import type { Channel } from './channel.ts';
import { Copies } from './copies.ts';
import { Crossing, HostMover, type Mover, type Parcel } from './crossing.ts';
import { Faces, type FaceExtent } from './faces.ts';
import type { Label } from './label.ts';
import { Mailbox, Mailboxes } from './mailbox.ts';
import { Messages } from './messages.ts';

/** Exchanges remembered for one label. */
const MOST_CROSSINGS = 16;

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
  readonly #mover: Mover;
  /** Exchanges made for each label, the latest last. */
  readonly #crossings = new WeakMap<Label, Crossing[]>();
  #mailboxes: Mailboxes | undefined;
  #calls = 0;
  readonly #throughMemory: boolean;

  constructor(readonly grid: Grid) {
    this.#faces = new Faces(grid);
    const { topology, architecture, shape } = grid;
    const { gpu } = architecture;
    this.#mover = gpu === undefined ? new HostMover(shape.pitch, shape.plane) : new GpuMover(grid, gpu);
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
    this.#post(this.#crossing(fields, extent, label, d), label);
  }

  #finish(fields: readonly Field[], extent: FaceExtent, label: Label, d?: number): void {
    this.#take(this.#crossing(fields, extent, label, d), label);
  }

  /** What goes over each border, found out once. */
  #crossing(fields: readonly Field[], extent: FaceExtent, label: Label, d?: number): Crossing {
    let known = this.#crossings.get(label);
    if (known === undefined) this.#crossings.set(label, (known = []));
    for (const each of known) if (each.is(fields, extent, d)) return each;
    const parcels: Parcel[] = [];
    this.#borders.forEach(({ d: along, side }, border) => {
      if (d !== undefined && d !== along) return;
      const faces = fields.map(({ place }) => this.#faces.of(place, along, side, extent));
      parcels.push({ border, faces, length: faces.reduce((sum, { length }) => sum + length, 0) });
    });
    const crossing = new Crossing([...fields], extent, d, parcels);
    if (known.length >= MOST_CROSSINGS) known.shift();
    known.push(crossing);
    return crossing;
  }

  #post(crossing: Crossing, label: Label): void {
    if (crossing.fields.length > 0) this.#mover.begin(crossing);
    for (const parcel of crossing.parcels) {
      const { channel } = this.#borders[parcel.border]!;
      const { label: words, elements } = channel.open(parcel.length);
      label.write(words, this.#calls);
      this.#mover.pack(crossing, parcel, elements);
      channel.post();
    }
  }

  #take(crossing: Crossing, label: Label): void {
    const { rank } = this.grid.topology.comm;
    for (const parcel of crossing.parcels) {
      const { channel, neighbor } = this.#borders[parcel.border]!;
      const { label: words, elements } = channel.take();
      label.check(words, this.#calls, rank, neighbor);
      this.#mover.unpack(crossing, parcel, elements);
      channel.close();
    }
    if (crossing.fields.length > 0) this.#mover.end(crossing);
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
    const nothing = this.#crossing([], 'bare', label);
    this.#post(nothing, label);
    this.#take(nothing, label);
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
