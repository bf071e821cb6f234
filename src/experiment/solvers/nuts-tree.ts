import type { Random } from '../../conduit/index.ts';
import type { Point, Space } from '../solver.ts';
import { logAdd } from './logarithms.ts';
import { drift, energy, kick, type Phase, type Place } from './hamiltonian.ts';

/** An end of a stretch of the trajectory, as far as turning back is concerned. */
type Corner = Pick<Phase, 'point' | 'momentum'>;

/** The half that is being added: as many leaves as the tree has. */
interface Branch {
  /** 1: forward in time; −1: backward. */
  readonly direction: 1 | -1;
  leaves: number;
  end: Phase;
  sample: Place | null;
  logWeight: number;
  /** First leaves of the subtrees of 2, 4, 8, … leaves that the next leaf belongs to. */
  corners: Corner[];
}

/** A trajectory that doubles until it turns back. Strict JSON. */
export interface Tree {
  readonly step: number;
  /** At its beginning. */
  readonly energy: number;
  ends: { back: Phase; front: Phase };
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
}

/** An energy that is this much too high: the step is too long to follow the trajectory. */
const DIVERGED = 1000;

export function plant(space: Space, place: Place, step: number, random: Random): Tree {
  const momentum = place.point.map(() => random.normal());
  const phase = { ...place, momentum };
  return {
    step,
    energy: energy(space, place, momentum),
    ends: { back: phase, front: phase },
    sample: place,
    logWeight: 0,
    depth: 0,
    branch: sprout({ back: phase, front: phase }, random),
    acceptance: 0,
    leaves: 0,
    diverged: false,
  };
}

function sprout({ back, front }: Tree['ends'], random: Random): Branch {
  const direction = random.uniform() < 0.5 ? 1 : -1;
  const end = direction === 1 ? front : back;
  return { direction, leaves: 0, end, sample: null, logWeight: -Infinity, corners: [] };
}

/** Where the next leaf is. */
export function bud({ step, branch: { direction, end } }: Tree, scales: readonly number[]): Point {
  const time = direction * step;
  return drift(end, kick(end.momentum, end, time / 2, scales), time, scales);
}

/** Adds the leaf; null: the posterior is zero there. True when the trajectory is complete. */
export function grow(
  space: Space,
  tree: Tree,
  place: Place | null,
  scales: readonly number[],
  maxDepth: number,
  random: Random,
): boolean {
  const { branch } = tree;
  tree.leaves++;
  if (place === null) return true;
  const half = (branch.direction * tree.step) / 2;
  const momentum = kick(kick(branch.end.momentum, branch.end, half, scales), place, half, scales);
  const leaf: Phase = { ...place, momentum };
  const log = tree.energy - energy(space, place, momentum);
  tree.acceptance += Math.min(1, Math.exp(log)) || 0;
  tree.diverged = !(log > -DIVERGED);
  if (tree.diverged) return true;
  branch.logWeight = logAdd(branch.logWeight, log);
  if (Math.log(random.uniform()) < log - branch.logWeight) branch.sample = place;
  branch.end = leaf;
  if (turnsWithin(branch, leaf, tree.depth, scales)) return true;
  return branch.leaves === 2 ** tree.depth && merge(tree, scales, maxDepth, random);
}

/** Notes where subtrees begin, and tells whether one that this leaf completes has turned back. */
function turnsWithin(branch: Branch, leaf: Phase, depth: number, scales: readonly number[]): boolean {
  const index = branch.leaves++;
  const { point, momentum } = leaf;
  for (let level = 1; level <= depth; level++)
    if (index % 2 ** level === 0) branch.corners[level - 1] = { point, momentum };
  for (let level = 1; level <= depth && branch.leaves % 2 ** level === 0; level++) {
    const first = branch.corners[level - 1]!;
    if (branch.direction === 1 ? turns(first, leaf, scales) : turns(leaf, first, scales)) return true;
  }
  return false;
}

/** The branch becomes part of the tree; its sample is preferred, so that chains move far. */
function merge(tree: Tree, scales: readonly number[], maxDepth: number, random: Random): boolean {
  const { direction, end, sample, logWeight } = tree.branch;
  if (Math.log(random.uniform()) < logWeight - tree.logWeight) tree.sample = sample!;
  tree.logWeight = logAdd(tree.logWeight, logWeight);
  tree.ends = direction === 1 ? { ...tree.ends, front: end } : { ...tree.ends, back: end };
  tree.depth++;
  if (tree.depth === maxDepth || turns(tree.ends.back, tree.ends.front, scales)) return true;
  tree.branch = sprout(tree.ends, random);
  return false;
}

/** Going on at either end would bring the two closer. */
function turns(back: Corner, front: Corner, scales: readonly number[]): boolean {
  let [atBack, atFront] = [0, 0];
  scales.forEach((scale, j) => {
    const apart = (front.point[j]! - back.point[j]!) / scale;
    atBack += apart * back.momentum[j]!;
    atFront += apart * front.momentum[j]!;
  });
  return !(atBack > 0 && atFront > 0);
}
