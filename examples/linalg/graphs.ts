/**
 * Two graphs: PageRank of US airports by a linear system, and Les Misérables cut in two by the
 * Fiedler vector.
 *
 *     flotilla run -n 3 examples/linalg/graphs.ts
 */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { world } from 'flotilla';
import { dense, eigh, solve } from 'flotilla/linalg';

const data = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '..', 'data');
const say = (line: string) => world().rank === 0 && console.log(line);

// A flight leads from its origin to its destination; damping .85; airports without flights lead everywhere.
const flights = readFileSync(join(data, 'flights-airport.csv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','));
const airports = [...new Set(flights.flatMap(([from, to]) => [from!, to!]))].sort();
const n = airports.length;
const place = new Map(airports.map((name, i) => [name, i]));
const links = airports.map(() => new Float64Array(n));
for (const [from, to, count] of flights) links[place.get(from!)!]![place.get(to!)!]! += Number(count);
const steps = links.map((row) => {
  const total = row.reduce((sum, x) => sum + x, 0);
  return row.map((x) => (total > 0 ? x / total : 1 / n));
});
const damping = 0.85;
const system = dense(
  airports.map((_, i) => Float64Array.from(airports, (_, j) => (i === j ? 1 : 0) - damping * steps[j]![i]!)),
);
const ranks = solve(system, new Float64Array(n).fill((1 - damping) / n), {
  on: world(),
  tol: 1e-12,
}).x.allgather();
const best = airports.map((_, i) => i).sort((a, b) => ranks[b]! - ranks[a]!);
say(
  `${n} airports: ${best
    .slice(0, 4)
    .map((i) => `${airports[i]} ${ranks[i]!.toFixed(6)}`)
    .join(', ')}`,
);

interface Novel {
  readonly nodes: readonly { readonly name: string }[];
  readonly links: readonly { readonly source: number; readonly target: number; readonly value: number }[];
}
const { nodes, links: meetings } = JSON.parse(readFileSync(join(data, 'miserables.json'), 'utf8')) as Novel;
const laplacian = nodes.map(() => new Float64Array(nodes.length));
for (const { source, target } of meetings) {
  laplacian[source]![target]! -= 1;
  laplacian[target]![source]! -= 1;
  laplacian[source]![source]! += 1;
  laplacian[target]![target]! += 1;
}
const { values, vectors } = eigh(dense(laplacian), { k: 2 });
const fiedler = vectors[1]!.allgather();
const side = (sign: number) =>
  nodes.filter((_, i) => Math.sign(fiedler[i]!) === sign).map(({ name }) => name);
const [small] = [side(1), side(-1)].sort((a, b) => a.length - b.length);
say(
  `${nodes.length} persons, second value ${values[1]!.toFixed(6)}; the smaller part has ${small!.length}, ${small![0]} among them`,
);
