/** Integration and propagation. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { integrate, propagate, run, type Rule } from 'flotilla/experiment';

const variables = { x: { bounds: [0, 1] } } as const;

for (const [rule, points, integrand, expected] of [
  ['rectangle', 100, () => 1, 1],
  ['trapezoid', 100, ({ x }) => x, 1 / 2],
  ['simpson', 101, ({ x }) => x ** 3, 1 / 4],
] as [Rule, number, (p: { x: number }) => number, number][]) {
  it(`${rule} with ${points} points`, async () => {
    const { value, evaluations, stopped } = await run(integrate({ variables, integrand, rule, points }));
    assert.ok(Math.abs(value - expected) < 1e-12, String(value));
    assert.equal(evaluations, points);
    assert.equal(stopped, 'all points');
  });
}

it('the error of the rectangle rule falls with the square of the points', async () => {
  const error = async (points: number) =>
    (await run(integrate({ variables, integrand: ({ x }) => Math.exp(x), rule: 'rectangle', points })))
      .value -
    (Math.E - 1);
  const ratio = (await error(20)) / (await error(40));
  assert.ok(Math.abs(ratio - 4) < 0.01, String(ratio));
});

it('several variables, and at random', async () => {
  const box = { x: { bounds: [0, 2] }, y: { bounds: [-1, 1] } } as const;
  const integrand = ({ x, y }: { x: number; y: number }) => x * x * (1 + y) ** 2;
  // 8/3 · 8/3.
  const exact = 64 / 9;
  const regular = await run(integrate({ variables: box, integrand, points: 5 }));
  assert.ok(Math.abs(regular.value - exact) < 1e-12);
  assert.equal(regular.evaluations, 25);
  const random = await run(integrate({ variables: box, integrand, rule: 'monteCarlo', points: 20_000 }));
  assert.ok(Math.abs(random.value - exact) < 4 * random.error!, `${random.value} ± ${random.error!}`);
  assert.ok(random.error! < 0.1);
});

it('simpson wants an odd number of points', () => {
  assert.throws(() => integrate({ variables, integrand: () => 1, points: 100 }), {
    code: 'ERR_OPTION',
    message: "integrate: 'simpson' needs an odd number of points, not 100",
  });
});

it('propagate gives what the model returns, in order', async () => {
  const samples = Array.from({ length: 25 }, (_, i) => ({ a: i, b: -i }));
  const { outputs } = await run(
    propagate({
      samples,
      model: ({ a, b }) => (a === 13 ? Promise.reject(new Error('13')) : { sum: a + b, list: [a] }),
      population: 7,
      onError: 'reject',
    }),
  );
  assert.deepEqual(
    outputs,
    samples.map(({ a }) => (a === 13 ? null : { sum: 0, list: [a] })),
  );
});
