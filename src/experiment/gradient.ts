import { ExperimentError } from '../conduit/index.ts';
import { show } from '../internal/index.ts';

/** { name: derivative } in the order of the names. */
export function readGradient(gradient: unknown, names: readonly string[]): number[] {
  const derivatives = names.map((name) => (gradient as Readonly<Record<string, unknown>>)[name]);
  if (derivatives.every((each): each is number => typeof each === 'number' && !Number.isNaN(each)))
    return derivatives;
  throw new ExperimentError(
    'ERR_MODEL',
    `the gradient must have a number for each variable, not ${show(gradient)}`,
  );
}
