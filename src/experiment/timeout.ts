import { ExperimentError, type Model } from '../conduit/index.ts';

/** Longest delay of a timer of Node.js, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/**
 * The model with a limit on the time of a sample. A model that awaits is left behind when the limit is reached, with its
 * `signal` aborted, and its team takes the next sample; one that blocks its thread is judged when it returns.
 */
export function within(seconds: number, model: Model): Model {
  if (seconds === Infinity) return model;
  const limit = 1000 * seconds;
  const late = () =>
    new ExperimentError('ERR_MODEL', `the sample took longer than its timeout of ${seconds} s`);
  return async (sample, team) => {
    const began = performance.now();
    const controller = new AbortController();
    const { value, id, generation } = sample;
    const limited = {
      value,
      id,
      generation,
      get rng() {
        return sample.rng;
      },
      get signal() {
        return AbortSignal.any([sample.signal, controller.signal]);
      },
    };
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(late()), Math.min(limit, LONGEST));
    });
    try {
      const result = await Promise.race([model(limited, team), expired]);
      if (performance.now() - began > limit) throw late();
      return result;
    } finally {
      clearTimeout(timer);
      controller.abort();
    }
  };
}
