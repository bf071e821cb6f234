import { OptionChecks } from '../internal/index.ts';
import { ExperimentError } from './error.ts';

/** Checks of the options of conduits and experiments. */
export const check: OptionChecks = new OptionChecks(
  (operation, message) => new ExperimentError('ERR_OPTION', message, { operation }),
);
