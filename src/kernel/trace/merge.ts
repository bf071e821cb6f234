import type { Part, Tracer } from './tracer.ts';
import type { Quantity, State, Value } from './values.ts';

/**
 * Traces two branches from the same state and joins them: where they leave different values, the condition selects. A condition known now takes its
 * branch alone, so that loops and functions can decide by constants.
 */
export function merge(t: Tracer, condition: Quantity, part: Part, yes: () => Value, no: () => Value): Value {
  const { node } = condition;
  if (node.op === 'const') return node.value === 1 ? yes() : no();
  const before = t.state;
  t.state = before.fork();
  const a = yes();
  const after = t.state;
  t.state = before.fork();
  const b = no();
  t.state = joined(t, condition, part, before, after, t.state);
  return t.select(condition, a, b, part);
}

function joined(t: Tracer, condition: Quantity, part: Part, before: State, yes: State, no: State): State {
  const state = before.fork();
  for (const [variable, value] of before.variables) {
    const a = yes.variables.get(variable) ?? value;
    const b = no.variables.get(variable) ?? value;
    state.variables.set(variable, t.select(condition, a, b, part));
  }
  for (const name of new Set([...yes.stores.keys(), ...no.stores.keys()])) {
    const a = yes.stores.get(name);
    const b = no.stores.get(name);
    if (a === b) continue;
    const place = (a ?? b)!.place!;
    t.state = before;
    const old =
      a === undefined || b === undefined
        ? t.load({ kind: 'field', name, place }, HERE[t.setting.dims]!, part)
        : a;
    const chosen = t.select(condition, a ?? old, b ?? old, part);
    if (chosen.kind === 'quantity') state.stores.set(name, chosen);
  }
  return state;
}

/** Offset of the point itself, by number of dimensions. */
export const HERE: readonly (readonly number[])[] = [[], [0], [0, 0], [0, 0, 0]];
