/** A step size that adapts. Strict JSON. */
export interface StepSize {
  /** ln of the step size to try next. */
  log: number;
  /** ln of the one to keep. */
  meanLog: number;
  meanError: number;
  /** ln of what it is drawn to at first: ten times where it began. */
  towards: number;
  updates: number;
}

const GAMMA = 0.05;

export function stepSize(first: number): StepSize {
  return {
    log: Math.log(first),
    meanLog: Math.log(first),
    meanError: 0,
    towards: Math.log(10 * first),
    updates: 0,
  };
}

/** Dual averaging: M. D. Hoffman and A. Gelman, J. Machine Learning Research 15 (2014) 1593, equation 6. */
export function adaptStepSize(size: StepSize, wanted: number, acceptance: number): void {
  const t = ++size.updates;
  const weight = 1 / (t + 10);
  size.meanError = (1 - weight) * size.meanError + weight * (wanted - acceptance);
  size.log = size.towards - (Math.sqrt(t) / GAMMA) * size.meanError;
  const fade = t ** -0.75;
  size.meanLog = fade * size.log + (1 - fade) * size.meanLog;
}
