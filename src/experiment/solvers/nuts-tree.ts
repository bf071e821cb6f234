import type { Random } from '../../conduit/index.ts';
import { drift, energy, kick, type Phase, type Place } from './hamiltonian.ts';
import { logAdd } from './logarithms.ts';
import type { Metric } from './metric.ts';

type Vector = readonly number[];

/** A leaf at which a subtree begins: its momentum, that of the leaf before, and the sum of all momenta of the branch before it. */
interface Corner {
  readonly momentum: Vector;
  readonly previous: Vector;
  readonly before: Vector;
}

/** The half that is being added: as many leaves as the tree has. */
interface Branch {
  /** 1: forward in time; −1: backward. */
  readonly direction: 1 | -1;
  leaves: number;
  end: Phase;
  /** Momenta of its first leaf, and the sum of all. */
  first: Vector;
  sum: Vector;
  sample: Place | null;
  logWeight: number;
  /** Of the subtrees of 2, 4, 8, … leaves that the next leaf belongs to: where they begin, and where their second halves do. */
  corners: Corner[];
  middles: Corner[];
}

/** A trajectory that doubles until it turns back. Strict JSON. */
export interface Tree {
  readonly step: number;
  /** At its beginning. */
  readonly energy: number;
  ends: { back: Phase; front: Phase };
  /** Of all momenta. */
  sum: Vector;
  /** Drawn from all leaves by their weight. */
  sample: Place;
  /** ln of the sum of all weights; that of the beginning is 1. */
  logWeight: number;
  depth: number;
  branch: Branch;
  /** Sum over all leaves of the probability that Metropolis would accept them, and their number. */
  acceptance: number;
  leaves: number;
  diverged: boolean;
  /** It went on to the largest depth without turning back. */
  cut: boolean;
}

/** An energy that is this much too high: the step is too long to follow the trajectory. */
const DIVERGED = 1000;

export function plant(place: Place, step: number, random: Random): Tree {
  const momentum = place.z.map(() => random.normal());
  const phase = { ...place, momentum };
  const ends = { back: phase, front: phase };
  return {
    step,
    energy: energy(place, momentum),
    ends,
    sum: momentum,
    sample: place,
    logWeight: 0,
    depth: 0,
    branch: sprout(ends, random),
    acceptance: 0,
    leaves: 0,
    diverged: false,
    cut: false,
  };
}

function sprout({ back, front }: Tree['ends'], random: Random): Branch {
  const direction = random.uniform() < 0.5 ? 1 : -1;
  const end = direction === 1 ? front : back;
  const none = end.momentum.map(() => 0);
  return {
    direction,
    leaves: 0,
    end,
    first: none,
    sum: none,
    sample: null,
    logWeight: -Infinity,
    corners: [],
    middles: [],
  };
}

/** Where the next leaf is. */
export function bud({ step, branch: { direction, end } }: Tree, metric: Metric): number[] {
  const time = direction * step;
  return drift(end, kick(end.momentum, end, time / 2, metric), time, metric);
}

/** Adds the leaf; null: the posterior is zero there. True when the trajectory is complete. */
export function grow(
  tree: Tree,
  place: Place | null,
  metric: Metric,
  maxDepth: number,
  random: Random,
): boolean {
  const { branch } = tree;
  tree.leaves++;
  if (place === null) {
    tree.diverged = true;
    return true;
  }
  const half = (branch.direction * tree.step) / 2;
  const momentum = kick(kick(branch.end.momentum, branch.end, half, metric), place, half, metric);
  const log = tree.energy - energy(place, momentum);
  tree.acceptance += Math.min(1, Math.exp(log)) || 0;
  tree.diverged = !(log > -DIVERGED);
  if (tree.diverged) return true;
  branch.logWeight = logAdd(branch.logWeight, log);
  if (Math.log(random.uniform()) < log - branch.logWeight) branch.sample = place;
  const previous = branch.end.momentum;
  branch.end = { ...place, momentum };
  if (turnsWithin(branch, { momentum, previous, before: branch.sum }, tree.depth)) return true;
  return branch.leaves === 2 ** tree.depth && merge(tree, maxDepth, random);
}

/** Notes where subtrees begin, and tells whether one that this leaf completes has turned back. */
function turnsWithin(branch: Branch, leaf: Corner, depth: number): boolean {
  const index = branch.leaves++;
  if (index === 0) branch.first = leaf.momentum;
  branch.sum = add(leaf.before, leaf.momentum);
  for (let level = 1; level <= depth; level++) {
    if (index % 2 ** level === 0) branch.corners[level - 1] = leaf;
    if (index % 2 ** level === 2 ** (level - 1)) branch.middles[level - 1] = leaf;
  }
  for (let level = 1; level <= depth && branch.leaves % 2 ** level === 0; level++) {
    const first = branch.corners[level - 1]!;
    const middle = branch.middles[level - 1]!;
    const early = subtract(middle.before, first.before);
    const late = subtract(branch.sum, middle.before);
    if (turns(first.momentum, middle.previous, early, middle.momentum, leaf.momentum, late)) return true;
  }
  return false;
}

/** The branch becomes part of the tree; its sample is preferred, so that chains move far. */
function merge(tree: Tree, maxDepth: number, random: Random): boolean {
  const { branch } = tree;
  const { direction, end, sample, logWeight } = branch;
  if (Math.log(random.uniform()) < logWeight - tree.logWeight) tree.sample = sample!;
  tree.logWeight = logAdd(tree.logWeight, logWeight);
  const { back, front } = tree.ends;
  // All in the direction of the branch: which way time goes makes no difference to whether it turns.
  const [outer, inner] = direction === 1 ? [back, front] : [front, back];
  const turned = turns(outer.momentum, inner.momentum, tree.sum, branch.first, end.momentum, branch.sum);
  tree.ends = direction === 1 ? { back, front: end } : { back: end, front };
  tree.sum = add(tree.sum, branch.sum);
  tree.depth++;
  if (turned) return true;
  tree.cut = tree.depth === maxDepth;
  if (tree.cut) return true;
  tree.branch = sprout(tree.ends, random);
  return false;
}

/**
 * Whether two adjacent stretches together turn back: going on at an end would lead against the sum of the momenta, of both, or of one and
 * the nearest leaf of the other, which tells where a stretch as long as a period looks straight. M. Betancourt, arXiv:1701.02434,
 * appendix A.4.2, and Stan since version 2.21.
 */
function turns(first: Vector, last: Vector, sum: Vector, next: Vector, end: Vector, rest: Vector): boolean {
  const leads = (a: Vector, b: Vector, way: Vector) => dot(a, way) > 0 && dot(b, way) > 0;
  return !(
    leads(first, end, add(sum, rest)) &&
    leads(first, next, add(sum, next)) &&
    leads(last, end, add(last, rest))
  );
}

const add = (a: Vector, b: Vector): number[] => a.map((x, i) => x + b[i]!);
const subtract = (a: Vector, b: Vector): number[] => a.map((x, i) => x - b[i]!);

function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
