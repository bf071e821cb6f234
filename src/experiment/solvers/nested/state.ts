import type { Ellipsoid } from './ellipsoid.ts';
import type { NestedMethod } from './options.ts';
import type { Nested } from './volumes.ts';
import type { Walker } from './walkers.ts';

/** Strict JSON. Places are in the unit cube: u = the prior's distribution function at x. */
export interface NestedState {
  generation: number;
  /** Evaluations told, in all and since the generation began. */
  evaluations: number;
  since: number;
  batches: number;
  /** Draws of the prior are still being collected. */
  beginning: boolean;
  live: Nested[];
  /** New points must lie above it. */
  bound: number;
  /** ln of the prior volume above the bound, and of the evidence below it. */
  logVolume: number;
  logEvidence: number;
  /** What is asked for next. */
  proposals: number[][];
  walkers: Walker[];
  method: 'cube' | NestedMethod;
  parts: Ellipsoid[];
  /** Evaluations at which the ellipsoids were made. */
  made: number;
  /** Candidates since the method changed, or of late, and how many of them became live. */
  tried: number;
  found: number;
  /** Of the steps of a walk, and width of a slice, in units of the ellipsoid. */
  scale: number;
  width: number;
  /** How often a new point took each rank among the others. */
  ranks: number[];
  /** Points that live points are looked for from, while few have been found above a bound. */
  seeds: Nested[];
  /** Where points that are added end: above this value. */
  until: number;
  /** A first run has reached its end: all that comes after only makes it better. */
  complete: boolean;
  ended: 'minEvidence' | 'plateau' | 'target' | null;
}

export const beginNested = (): NestedState => ({
  generation: 0,
  evaluations: 0,
  since: 0,
  batches: 0,
  beginning: true,
  live: [],
  bound: -Infinity,
  logVolume: 0,
  logEvidence: -Infinity,
  proposals: [],
  walkers: [],
  method: 'cube',
  parts: [],
  made: 0,
  tried: 0,
  found: 0,
  scale: 1,
  width: 1,
  ranks: [],
  seeds: [],
  until: Infinity,
  complete: false,
  ended: null,
});
