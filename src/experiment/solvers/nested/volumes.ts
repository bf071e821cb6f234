import type { Random } from '../../../conduit/index.ts';
import { logAdd, logSum } from '../logarithms.ts';

/** A point with the bound above which it was drawn; null: drawn from the whole prior. Strict JSON. */
export interface Nested {
  readonly u: readonly number[];
  readonly value: number;
  readonly birth: number | null;
}

/** Points from the lowest to the highest, and the prior volume that each stands for. */
export interface Weighted {
  /** Places of the sorted points in the list that was given. */
  readonly order: Uint32Array;
  /** ln of the mean volume times the likelihood, in that order. */
  readonly logWeights: Float64Array;
  /** ln of the whole volume above times the likelihood: what more live points there would make more precise. */
  readonly logMasses: Float64Array;
  readonly logEvidence: number;
}

/** A chain of points, each drawn above the one before, in which one live point leads to the next. */
interface Thread {
  readonly members: number[];
  readonly fromPrior: boolean;
}

/**
 * Volumes of the prior from how many points were live at each death: of k points that die together with n alive, each takes X/(n + 1).
 * F. Schittenhelm and P. Wacker, arXiv:2005.08602 (2020); A. Fowlie, W. Handley and L. Su, MNRAS 503 (2021) 1199.
 */
export class Volumes {
  readonly order: Uint32Array;
  readonly #points: readonly Nested[];
  /** Place of each point in the order. */
  readonly #rank: Uint32Array;
  readonly #threads: Thread[];

  constructor(points: readonly Nested[]) {
    this.#points = points;
    this.order = Uint32Array.from(points, (_, i) => i).sort((a, b) => {
      const [x, y] = [points[a]!.value, points[b]!.value];
      return x === y ? a - b : x < y ? -1 : 1;
    });
    this.#rank = new Uint32Array(points.length);
    this.order.forEach((i, k) => (this.#rank[i] = k));
    this.#threads = this.#unravel();
  }

  /** Mean volumes. */
  mean(): Weighted {
    return this.#weigh(
      this.#threads.map(() => 1),
      meanShrinkage,
    );
  }

  /** Standard deviation of ln Z over volumes as they may have been. */
  scatterOfVolumes(draws: number, random: Random): number {
    const once = this.#threads.map(() => 1);
    return scatter(draws, () => this.#weigh(once, (alive) => Math.log(random.uniform()) / alive));
  }

  /**
   * The same over bootstrap samples of the threads: E. Higson et al., Bayesian Analysis 13 (2018) 873. Each tells what random volumes
   * do; where threads are of different kinds, as with several peaks, this one tells more.
   */
  scatterOfThreads(draws: number, random: Random): number {
    const kinds = [true, false].map((kind) =>
      this.#threads.flatMap(({ fromPrior }, t) => (fromPrior === kind ? [t] : [])),
    );
    return scatter(draws, () => {
      const counts = new Uint16Array(this.#threads.length);
      // Each kind apart, so that as many begin at the prior as do.
      for (const some of kinds)
        for (let k = 0; k < some.length; k++) counts[some[random.integer(some.length)]!]!++;
      return this.#weigh(counts, meanShrinkage);
    });
  }

  /** Walks through the deaths; `shrink` gives ln of what is left of a volume at the death of one of so many. */
  #weigh(counts: ArrayLike<number>, shrink: (alive: number) => number): Weighted {
    const size = this.order.length;
    const multiplicity = new Uint16Array(size);
    const begins = new Int32Array(size + 1);
    const ends = new Int32Array(size + 1);
    this.#threads.forEach(({ members }, t) => {
      const count = counts[t]!;
      if (count === 0) return;
      begins[this.#above(this.#points[members[0]!]!.birth)]! += count;
      const end = this.#rank[members.at(-1)!]!;
      ends[end] = ends[end]! + count;
      for (const i of members) multiplicity[this.#rank[i]!] = count;
    });
    const logWeights = new Float64Array(size).fill(-Infinity);
    const logMasses = new Float64Array(size).fill(-Infinity);
    let logVolume = 0;
    let alive = 0;
    let logEvidence = -Infinity;
    for (let first = 0; first < size;) {
      const value = this.#valueAt(first);
      let next = first;
      // Threads that begin above the group's value begin after the whole group.
      alive += begins[first]!;
      let left = alive;
      for (; next < size && this.#valueAt(next) === value; next++) {
        const before = logVolume;
        for (let m = multiplicity[next]!; m > 0; m--) logVolume += shrink(left--);
        if (!(multiplicity[next]! > 0)) continue;
        logWeights[next] = before + Math.log(-Math.expm1(logVolume - before)) + value;
        logMasses[next] = logVolume + value;
        logEvidence = logAdd(logEvidence, logWeights[next]!);
      }
      for (let k = first; k < next; k++) alive -= ends[k]!;
      first = next;
    }
    // What is left above the highest point is as likely as that: all there is to a plateau, and next to nothing on a peak.
    const top = logWeights.findLastIndex((log) => log > -Infinity);
    if (top >= 0) {
      const rest = logVolume + this.#valueAt(top);
      logWeights[top] = logAdd(logWeights[top]!, rest);
      logEvidence = logAdd(logEvidence, rest);
    }
    return { order: this.order, logWeights, logMasses, logEvidence };
  }

  #valueAt(k: number): number {
    return this.#points[this.order[k]!]!.value;
  }

  /** The first place of a value above. */
  #above(birth: number | null): number {
    if (birth === null) return 0;
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#valueAt(middle) > birth) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #unravel(): Thread[] {
    const threads: Thread[] = [];
    /** Threads that ended at a value, and may go on from there. */
    const ended = new Map<number, number[]>();
    for (const i of this.order) {
      const { birth, value } = this.#points[i]!;
      const before = birth === null ? undefined : ended.get(birth)?.pop();
      const t = before ?? threads.push({ members: [], fromPrior: birth === null }) - 1;
      threads[t]!.members.push(i);
      const list = ended.get(value);
      if (list) list.push(t);
      else ended.set(value, [t]);
    }
    return threads;
  }
}

const meanShrinkage = (alive: number) => Math.log(alive / (alive + 1));

function scatter(draws: number, draw: () => Weighted): number {
  const logs = Array.from({ length: draws }, () => draw().logEvidence).filter(Number.isFinite);
  const mean = logs.reduce((sum, z) => sum + z / logs.length, 0);
  return Math.sqrt(logs.reduce((sum, z) => sum + (z - mean) ** 2 / logs.length, 0));
}

/** Kish's effective number of samples, from ln of their weights. */
export function effectiveSamples(logWeights: Float64Array): number {
  return Math.exp(2 * logSum(logWeights) - logSum(logWeights.map((log) => 2 * log)));
}
