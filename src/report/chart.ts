import type { TopLevelSpec } from 'vega-lite';

/** A chart with what it is called on the page. */
export interface Chart {
  readonly title: string;
  readonly spec: TopLevelSpec;
  /** Across the page, and scrolled on a narrow screen; the others stand side by side as far as there is room. */
  readonly wide?: true;
}

/** Of a chart that fits a telephone, with its axes: labels there are as large as everywhere. */
export const NARROW = 360;
export const WIDE = 1100;

/** Axes within the width, so that charts below each other are alike. */
export const FIT = { type: 'fit-x', contains: 'padding' } as const;

export const finite = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);
