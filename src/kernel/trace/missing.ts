import type { Part, Tracer } from './tracer.ts';
import type { Group } from './values.ts';

/** Refuses a member that is not there: an operator that does not exist, or an argument that was not given. */
export function missing(t: Tracer, group: Group, name: string, part?: Part): never {
  if (group.name === 'point') return t.fail('ERR_SCOPE', part, () => `${name} is no operator of the point`);
  const full = group.name === '' ? name : `${group.name}.${name}`;
  return t.fail('ERR_ARGUMENT', part, () => `the argument ${full} is not given`);
}
