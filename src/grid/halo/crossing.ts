import type { Field } from '../field.ts';
import type { Storage } from '../storage.ts';
import type { Face, FaceExtent } from './faces.ts';
import { packFace, unpackFace, type Elements } from './pack.ts';

/** What goes over one border of this rank in an exchange: a face of each field, one after the other. */
export interface Parcel {
  /** Number of the border. */
  readonly border: number;
  readonly faces: readonly Face[];
  /** Elements of all faces. */
  readonly length: number;
}

/** One exchange, described once: what goes over each border. */
export class Crossing {
  readonly storages: readonly Storage[];

  constructor(
    readonly fields: readonly Field[],
    readonly extent: FaceExtent,
    /** Dimension; undefined: all. */
    readonly d: number | undefined,
    readonly parcels: readonly Parcel[],
  ) {
    this.storages = fields.map(({ storage }) => storage);
  }

  /** Whether this is that exchange: fields still have the values that they had. */
  is(fields: readonly Field[], extent: FaceExtent, d: number | undefined): boolean {
    if (extent !== this.extent || d !== this.d || fields.length !== this.storages.length) return false;
    for (let n = 0; n < fields.length; n++) if (fields[n]!.storage !== this.storages[n]) return false;
    return true;
  }
}

/** Moves faces between fields and messages. */
export interface Mover {
  /** Collective: before the first parcel is packed. */
  begin(crossing: Crossing): void;
  pack(crossing: Crossing, parcel: Parcel, into: Elements): void;
  unpack(crossing: Crossing, parcel: Parcel, from: Elements): void;
  /** After the last parcel has come in. */
  end(crossing: Crossing): void;
}

/** Where fields are in the host's memory. */
export class HostMover implements Mover {
  constructor(
    readonly pitch: number,
    readonly plane: number,
  ) {}

  begin(): void {
    // All is there.
  }

  pack({ storages }: Crossing, { faces }: Parcel, into: Elements): void {
    let at = 0;
    for (let n = 0; n < faces.length; n++)
      at = packFace(storages[n]!.data, faces[n]!, this.pitch, this.plane, into, at);
  }

  unpack({ storages }: Crossing, { faces }: Parcel, from: Elements): void {
    let at = 0;
    for (let n = 0; n < faces.length; n++)
      at = unpackFace(storages[n]!.data, faces[n]!, this.pitch, this.plane, from, at);
  }

  end(): void {
    // All is there.
  }
}
