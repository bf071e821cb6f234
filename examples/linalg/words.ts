/**
 * Latent semantic analysis: the largest singular values of WordNet's noun glosses, and the words that
 * lie nearest to one.
 *
 *     flotilla run -n 2 examples/linalg/words.ts river
 */
import { world } from 'flotilla';
import { lazy, svds } from 'flotilla/linalg';
import { glossary, glossRows } from './wordnet.ts';

const word = process.argv[2] ?? 'river';
const { words, counts } = glossary();
const entries = counts.reduce((sum, row) => sum + row.size, 0);
const { values, right } = svds(lazy({ shape: [counts.length, words.length] }, glossRows), { k: 6 });
const axes = right.map((vector) => vector.allgather());

/** A word's place: along each axis, as long as its singular value. */
const place = (i: number) => axes.map((axis, k) => axis[i]! * values[k]!);
const mine = place(words.indexOf(word));
const angle = (i: number) => {
  const other = place(i);
  return mine.reduce((sum, x, k) => sum + x * other[k]!, 0) / (Math.hypot(...mine) * Math.hypot(...other));
};
if (world().rank === 0) {
  console.log(`${counts.length} glosses, ${words.length} words, ${entries} entries`);
  console.log(`singular values ${Array.from(values.subarray(0, 4), (value) => value.toFixed(8)).join(' ')}`);
  const nearest = words
    .map((_, i) => i)
    .filter((i) => words[i] !== word && Math.hypot(...place(i)) > 0.05 * Math.hypot(...mine))
    .sort((a, b) => angle(b) - angle(a));
  console.log(
    `near ${word}: ${nearest
      .slice(0, 5)
      .map((i) => words[i])
      .join(', ')}`,
  );
}
