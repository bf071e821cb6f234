/**
 * Strict JSON that keeps every number: JSON has no infinities, no NaN and no −0, so those become { "$number": "Infinity" }. All other
 * numbers come back bit for bit (ECMA-262 §6.1.6.1.20: the shortest digits that name the number).
 */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'number' && (!Number.isFinite(part) || Object.is(part, -0))
      ? { $number: Object.is(part, -0) ? '-0' : String(part) }
      : part,
  );
}

/** Throws a SyntaxError when the text is no JSON. */
export function decodeJson(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) =>
    typeof part === 'object' && part !== null && '$number' in part ? Number(part.$number) : part,
  );
}
