import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** What a pool counts. Histograms hold whole numbers from 1 on: microseconds. */
export class Tally {
  done = 0;
  failed = 0;
  cancelled = 0;
  lost = 0;
  readonly runTime: RecordableHistogram = createHistogram();
  readonly waitTime: RecordableHistogram = createHistogram();

  ran(milliseconds: number): void {
    this.runTime.record(microseconds(milliseconds));
  }

  waited(milliseconds: number): void {
    this.waitTime.record(microseconds(milliseconds));
  }
}

const microseconds = (milliseconds: number) => Math.max(1, Math.round(1000 * milliseconds));
