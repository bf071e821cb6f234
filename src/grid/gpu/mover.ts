import type { Grid } from '../grid.ts';
import type { Crossing, Mover, Parcel } from '../halo/crossing.ts';
import type { Face } from '../halo/faces.ts';
import type { Elements } from '../halo/pack.ts';
import type { Storage } from '../storage.ts';
import type { RankGpu, Step } from './device.ts';

/** What packs and unpacks one exchange on the GPU, and where its messages lie in the staging area. */
interface Plan {
  readonly packing: readonly Step[];
  readonly unpacking: readonly Step[];
  /** First element of the parcel of each border. */
  readonly starts: ReadonlyMap<number, number>;
  readonly bytes: number;
  readonly area: Area;
}

interface Area {
  readonly offset: number;
  /** In the host's memory. */
  readonly elements: Elements;
}

const BYTES = 4;

/**
 * Where fields are on a GPU: it packs all faces into a staging area of its memory, which is copied to the host as a whole; messages are made of the host's
 * memory only. What comes in goes the same way back.
 */
export class GpuMover implements Mover {
  /** By fields, extent and dimension. */
  readonly #plans = new Map<string, Plan>();
  readonly #known = new WeakMap<Crossing, Plan>();
  #area: Area | undefined;

  constructor(
    readonly grid: Grid,
    readonly gpu: RankGpu,
  ) {}

  begin(crossing: Crossing): void {
    const { packing, bytes, area } = this.#plan(crossing);
    for (const storage of crossing.storages) storage.upload();
    if (bytes > 0) {
      this.gpu.run(packing);
      this.grid.memory.download(area.offset, bytes);
    }
    this.gpu.agree('exchange');
  }

  pack(crossing: Crossing, { border, length }: Parcel, into: Elements): void {
    const { starts, area } = this.#plan(crossing);
    const start = starts.get(border)!;
    into.set(area.elements.subarray(start, start + length));
  }

  unpack(crossing: Crossing, { border, length }: Parcel, from: Elements): void {
    const { starts, area } = this.#plan(crossing);
    area.elements.set(from.subarray(0, length), starts.get(border));
  }

  end(crossing: Crossing): void {
    const { unpacking, bytes, area } = this.#plan(crossing);
    if (bytes === 0) return;
    this.grid.memory.upload(area.offset, bytes);
    this.gpu.run(unpacking);
    for (const storage of crossing.storages) storage.where = 'device';
  }

  #plan(crossing: Crossing): Plan {
    let plan = this.#known.get(crossing);
    if (plan !== undefined) return plan;
    const { storages, extent, d, parcels } = crossing;
    const key = `${storages.map(({ id }) => id).join()} ${extent} ${d}`;
    plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = this.#make(storages, parcels);
      this.#plans.set(key, plan);
    }
    this.#known.set(crossing, plan);
    return plan;
  }

  #make(storages: readonly Storage[], parcels: readonly Parcel[]): Plan {
    const length = parcels.reduce((sum, parcel) => sum + parcel.length, 0);
    const packing: Step[] = [];
    const unpacking: Step[] = [];
    const starts = new Map<number, number>();
    const area = this.#areaFor(length);
    const first = area.offset / BYTES;
    let at = 0;
    for (const { border, faces } of parcels) {
      starts.set(border, at);
      faces.forEach((face, n) => {
        const { start } = storages[n]!;
        packing.push(this.#copy(face, start + face.send, first + at, 'pack'));
        unpacking.push(this.#copy(face, start + face.receive, first + at, 'unpack'));
        at += face.length;
      });
    }
    return { packing, unpacking, starts, bytes: length * BYTES, area };
  }

  #copy({ counts, length }: Face, inField: number, inArea: number, way: 'pack' | 'unpack'): Step {
    const { pitch, plane } = this.grid.shape;
    const field = [inField, pitch, plane];
    const message = [inArea, counts[0], counts[0] * counts[1]];
    const ends = way === 'pack' ? [...field, ...message] : [...message, ...field];
    return this.gpu.step('copy', this.grid.memory.buffer!, Int32Array.of(...counts, ...ends), length);
  }

  /** A larger area takes the place of one that earlier plans know, which they go on using. */
  #areaFor(length: number): Area {
    const area = this.#area;
    if (area !== undefined && area.elements.length >= length) return area;
    const bytes = 2 * Math.max(1, length) * BYTES;
    const offset = this.grid.memory.allocate(bytes);
    this.#area = { offset, elements: this.grid.arrayAt(offset, bytes / BYTES) };
    return this.#area;
  }
}
